"""What is sealed at one end is opened at the other as it was, or not at all."""

from __future__ import annotations

import subprocess
import tracemalloc
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.bucket import seal
from ssh_transport.bucket.worker import aes
from ssh_transport.secret.value import Secret

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

KEY = sha256(b"a key").digest()
ENDS = [(seal, aes), (aes, seal)]


@pytest.mark.parametrize(("here", "there"), ENDS)
@given(plain=st.binary(min_size=1), number=st.integers(0, 2**40))
def test_a_part_comes_back(here: ModuleType, there: ModuleType, plain: bytes, number: int) -> None:
    stored = here.sealed(KEY, number, plain)

    assert there.opened(KEY, number, stored) == plain
    assert len(stored) == len(plain) + aes.TAG_BYTES


@pytest.mark.parametrize("end", [seal, aes])
@given(plain=st.binary(min_size=1), number=st.integers(0, 100), data=st.data())
def test_what_was_touched_is_refused(end: ModuleType, plain: bytes, number: int, data: st.DataObject) -> None:
    stored = bytearray(seal.sealed(KEY, number, plain))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= 1

    with pytest.raises(ValueError, match="sealed"):
        end.opened(KEY, number, bytes(stored))


@pytest.mark.parametrize("end", [seal, aes])
def test_a_part_in_another_place_or_under_another_key_is_refused(end: ModuleType) -> None:
    stored = seal.sealed(KEY, 1, b"weights")

    with pytest.raises(ValueError, match="sealed"):
        end.opened(KEY, 2, stored)
    with pytest.raises(ValueError, match="sealed"):
        end.opened(bytes(32), 1, stored)


def test_a_box_makes_no_more_of_a_part_than_what_comes_of_it() -> None:
    plain = bytes(4 << 20)
    for act, given_ in ((aes.sealed, plain), (aes.opened, bytearray(seal.sealed(KEY, 1, plain)))):
        tracemalloc.start()
        try:
            act(KEY, 1, given_)
            assert tracemalloc.get_traced_memory()[1] < len(plain) * 1.5
        finally:
            tracemalloc.stop()


def test_no_two_contents_share_a_key_and_a_later_run_has_the_same() -> None:
    copy = seal.copy_key(Secret(b"secret access key"), "0123")

    passwords = {aes.password(copy, number, sha256(plain).hexdigest()) for number in (1, 2) for plain in (b"a", b"b")}
    keys = {aes.part_key(one) for one in passwords}

    assert len(keys) == 4
    assert copy == seal.copy_key(Secret(b"secret access key"), "0123")
    assert copy != seal.copy_key(Secret(b"secret access key"), "4567")


@pytest.mark.parametrize("end", [seal, aes])
@given(plain=st.binary(min_size=1), number=st.integers(0, 2**40))
def test_a_part_without_a_tag_comes_back(end: ModuleType, plain: bytes, number: int) -> None:
    """As a box without Python seals it."""
    assert end.streamed(KEY, number, seal.sealed(KEY, number, plain)[: -aes.TAG_BYTES]) == plain


def test_openssl_opens_what_is_sealed(tmp_path: Path) -> None:
    """By the password, with the counter of GCM's first block."""
    stored = tmp_path / "part"
    stored.write_bytes(seal.sealed(aes.part_key("a1b2"), 7, b"weights"))
    how = ("-d", "-aes-256-ctr", "-pbkdf2", "-iter", "1", "-md", "sha256", "-nosalt", "-iv", f"{7:024x}00000002")
    words = ("openssl", "enc", *how, "-pass", "stdin", "-in", stored)

    assert subprocess.run(words, input=b"a1b2\n", capture_output=True, check=True).stdout[:7] == b"weights"
