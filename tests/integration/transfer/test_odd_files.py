"""Files that a copy can't or should not treat like others: with holes, odd times, set-id bits, or names like ours."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

SIZE_BYTES = 64 << 20
LONG_AGO_S, LONG_HENCE_S = -86_400, 5_000_000_000


def push(person: Person, *words: str) -> str:
    said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up/", *words)
    assert said.exit_code == 0, said.stderr
    return said.stdout + said.stderr


def hollow(path: Path) -> bytes:
    """Make a file with something in the middle of a hole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(SIZE_BYTES)
        file.seek(SIZE_BYTES // 2)
        file.write(os.urandom(5000))
    return path.read_bytes()


@pytest.mark.parametrize("words", [(), ("--inplace",), ("--atomic",)], ids=str)
def test_a_file_of_holes_stays_one(box: Sshd, person: Person, words: tuple[str, ...]) -> None:
    """There and back, and once more over what is there."""
    data = hollow(person.home / "here" / "hollow")
    for _ in range(2):
        push(person, *words)
        os.utime(person.home / "here" / "hollow", (1_000_000_000, 1_000_000_000))
    back = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=up/hollow", "--to=back/", *words)

    assert back.exit_code == 0, back.stderr
    for copy in (box.home / "up" / "hollow", person.home / "back" / "hollow"):
        assert copy.read_bytes() == data
        assert copy.stat().st_blocks * 512 < SIZE_BYTES // 8


def test_what_sftp_does_not_carry_is_said(box: Sshd, person: Person) -> None:
    here = person.home / "here"
    here.mkdir()
    for name in ("tool", "old", "new"):
        (here / name).write_text(name)
    hollow(here / "hollow")
    (here / "tool").chmod(0o4755)
    os.utime(here / "old", (LONG_AGO_S, LONG_AGO_S))
    os.utime(here / "new", (LONG_HENCE_S, LONG_HENCE_S))

    by_sftp = push(person, "--engine=sftp", "--dry-run")
    by_rsync = push(person)

    assert "warning: 1 file with a set-id bit: copied without it" in by_sftp
    assert "warning: 1 file with large holes: stored without them" in by_sftp
    assert "warning: 2 names with a time before 1970 or after 2106" in by_sftp
    assert "warning" not in by_rsync.replace("warning: rsync", "")
    assert [int((box.home / "up" / name).stat().st_mtime) for name in ("old", "new")] == [LONG_AGO_S, LONG_HENCE_S]
    assert stat.S_IMODE((box.home / "up" / "tool").stat().st_mode) == 0o4755


def test_what_is_called_like_an_unfinished_copy_is_left_out_and_named(
    box: Sshd, person: Person, engine: dict[str, str]
) -> None:
    here = person.home / "here"
    (here / "deep" / ".rsync-partial").mkdir(parents=True)
    (here / "deep" / ".rsync-partial" / "half").write_text("x")
    (here / ".watch-partial").write_text("a person's own")
    (here / "whole").write_text("x")

    said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up/", "--verify", env=engine)

    assert said.exit_code == 0, said.stderr
    assert "warning: left out, as unfinished files of a copy are called so: .watch-partial, deep/.rsync-partial" in (
        said.stderr
    )
    assert "  not compared: .watch-partial, deep/.rsync-partial" in said.stdout + said.stderr
    assert {path.name for path in (box.home / "up").rglob("*")} == {"deep", "whole"}


def test_a_large_file_whose_name_is_not_utf_8_is_pushed(box: Sshd, person: Person, engine: dict[str, str]) -> None:
    """As GBK is, on many machines: with a partial directory for it, too."""
    (person.home / "here").mkdir()
    name = os.path.join(os.fsencode(person.home / "here"), "模型.bin".encode("gbk"))  # noqa: PTH118 - bytes
    with open(name, "wb") as file:  # noqa: PTH123 - as above
        file.write(os.urandom(9 << 20))

    said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up/", env=engine)

    assert said.exit_code == 0, said.stderr
    assert os.listdir(os.fsencode(box.home / "up")) == ["模型.bin".encode("gbk")]  # noqa: PTH208 - bytes
