"""The list of what was sent: the same for the same code, and believed only where it is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.code import Code, Listing
from ssh_transport.code.listing import listing_here, parsed
from ssh_transport.code.sent import code_in
from ssh_transport.errors import Incomplete, LocalFileError
from ssh_transport.git.checkout import Checkout
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "a").write_text("a")
    (tmp_path / os.fsdecode(b"odd \xff\n")).write_text("odd")
    (tmp_path / "run.sh").write_text("run")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link").symlink_to("a\n")
    return tmp_path


def listed(here: Path, known: Listing | None = None) -> Listing:
    return listing_here(str(here), (path.name for path in here.iterdir()), known)


def test_it_comes_back_from_the_box_as_it_was_sent(here: Path) -> None:
    found = listed(here)

    assert parsed(found.packed, "a box") == Listing(found.lines)
    assert [line.mode for line in found.lines] == ["100644", "120000", "100644", "100755"]


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "more", "less"])
def test_another_code_has_another_hash(here: Path, change: str) -> None:
    before = listed(here)
    match change:
        case "content":
            (here / "a").write_text("b")
        case "mode":
            (here / "a").chmod(0o755)
        case "name":
            (here / "a").rename(here / "b")
        case "link":
            (here / "link").unlink()
            (here / "link").symlink_to("a")
        case "more":
            (here / "b").write_text("")
        case "less":
            (here / "a").unlink()

    assert listed(here, before).digest == listed(here).digest != before.digest


def test_times_and_owners_are_no_part_of_it(here: Path) -> None:
    before = listed(here)
    os.utime(here / "a", (1, 1))
    (here / "a").chmod(0o600)

    assert listed(here).digest == before.digest


def test_what_was_not_written_to_is_not_read_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed(here)
    monkeypatch.setattr("ssh_transport.code.listing._read", None)

    assert listed(here, before).lines == before.lines


def test_a_pointer_of_git_lfs_is_known(here: Path) -> None:
    (here / "w.ckpt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    (here / "text").write_text("version https://git-lfs.github.com/spec/v1\n" * 100)

    assert listed(here).pointers == ("w.ckpt",)


def test_what_can_not_be_read_is_named(here: Path) -> None:
    (here / "d").mkdir()

    with pytest.raises(LocalFileError, match="`d`"):
        listed(here)


HEX = b"0" * 64


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\0",
        b"100644 " + HEX + b" 1\t/etc/passwd\0",
        b"100644 " + HEX + b" 1\t../x\0",
        b"100644 " + HEX + b" 1\ta/../../x\0",
        b"100644 " + HEX + b" 1\ta//x\0",
        b"100644 " + HEX + b" 1\t.\0",
        b"040000 " + HEX + b" 1\tx\0",
        b"100644 " + HEX + b" 1\tb\0" + b"100644 " + HEX + b" 1\ta\0",
        b"100644 " + HEX + b" 1\ta\0" * 2,
    ],
)
def test_a_list_that_leads_out_or_is_none_is_not_believed(data: bytes) -> None:
    with pytest.raises(Incomplete):
        parsed(data, "a box")


@given(st.binary())
def test_nothing_that_a_box_says_is_a_traceback(data: bytes) -> None:
    for read in (parsed, code_in):
        try:
            str(read(data, "a box"))
        except Incomplete:
            continue


def test_the_note_says_what_differed_in_plain_characters(here: Path) -> None:
    found = Checkout(("a",), "c" * 40, "main", ("?? odd \udcff\n\x1b[1m",))
    code = Code.of(found, listed(here))

    assert code_in(code.packed(), "a box") == code
    assert code.packed().isascii()
    assert str(code).startswith(f"code: {'c' * 12}-dirty of main (1 new file); 4 files, ")
    assert one_line(str(code)) == str(code)
