"""What copies of several boxes together may send: `--bwlimit` is the total, and what one leaves others have."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box.share import bytes_per_s
from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.person import Person

pytestmark = pytest.mark.slow

LIMIT = "1M"
SMALL_BYTES, LARGE_BYTES = 1 << 19, 11 << 19
_TRIES = 3


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    (tmp_path / "two").mkdir()
    with TwoBoxes(person, tmp_path / "two") as boxes:
        yield boxes


def lies(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(os.urandom(size))


def check(two: TwoBoxes, again: Callable[[], None], *words: str) -> None:
    """
    Copy a little for one box and much for the other: together it takes what the rate says.

    Once the small one is done, the large one has all of it, where a fixed part would leave it the half. A machine that
    is busy with other things may be slower than the rate: it has several tries.

    :param again: takes away what was copied, before another.
    """
    total = bytes_per_s(LIMIT)
    for _ in range(_TRIES):
        said = two.person.types("fab", "-H", "proj-1,proj-2", *words, f"--bwlimit={LIMIT}", "--json")
        assert said.exit_code == 0, said.stderr
        small_s, large_s = (said.json[name]["seconds"] for name in ("proj-1", "proj-2"))
        assert (SMALL_BYTES + LARGE_BYTES) / large_s < total * 1.05
        alone = (LARGE_BYTES - SMALL_BYTES) / max(large_s - small_s, 0.1)
        if alone > total * 0.65:
            return
        again()
    pytest.fail(f"{alone / total:.2f} of what was allowed")


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
def test_what_a_box_that_is_done_leaves_a_pull_has(two: TwoBoxes, engine: str) -> None:
    lies(two.source.home / "ck" / "w", SMALL_BYTES)
    lies(two.target.home / "ck" / "w", LARGE_BYTES)

    check(
        two,
        lambda: shutil.rmtree(two.person.home / "runs"),
        "transfer.pull",
        "--path=ck/",
        "--to=runs/{box}/",
        f"--engine={engine}",
    )


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
def test_what_a_box_that_has_most_already_leaves_a_push_has(two: TwoBoxes, engine: str) -> None:
    lies(two.person.home / "ck" / "small", SMALL_BYTES)
    lies(two.person.home / "ck" / "large", LARGE_BYTES - SMALL_BYTES)
    first = two.person.types("fab", "-H", "proj-1", "transfer.push", "--path=ck/large", "--to=ck/")
    assert first.exit_code == 0, first.stderr

    def again() -> None:
        (two.source.home / "ck" / "small").unlink()
        shutil.rmtree(two.target.home / "ck")

    check(two, again, "transfer.push", "--path=ck/", "--to=ck/", f"--engine={engine}")
