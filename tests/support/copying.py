"""A copy in one direction by one engine, and its two ends as this machine sees them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

# One attempt: what is tested here does not heal.
SETTINGS = "transfer: {attempts: 1}\n"
UNREADABLE = frozenset({22, 25})
OLD_S = 1_600_000_000

Content = dict[bytes, bytes | str | None]


def copies(person: Person, task: str, *words: str, env: dict[str, str] | None = None) -> Said:
    """Run a task of `transfer` with the box `proj-1`."""
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", *words, env=env)


@dataclass(frozen=True)
class Copying:
    """What is copied where; both ends are directories, whose contents are meant."""

    person: Person
    task: str
    engine: str
    source: Path
    target: Path

    def types(self, *flags: str) -> Said:
        """Copy."""
        ends = (f"--path={self.source}/", f"--to={self.target}", f"--engine={self.engine}")
        return copies(self.person, self.task, *ends, *flags)


def copying(person: Person, box: Sshd, task: str, engine: str) -> Copying:
    """Return a copy from the reading to the writing home, with both directories made."""
    (person.home / "fabric.yaml").write_text(SETTINGS)
    reads, writes = (box.home, person.home) if task == "pull" else (person.home, box.home)
    made = Copying(person, task, engine, reads / "from", writes / "to")
    made.source.mkdir()
    made.target.mkdir()
    return made


def write(path: Path, content: str = "content", *, mtime_s: float = OLD_S) -> Path:
    """Write a file, with what it is in, and an old time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (mtime_s, mtime_s))
    return path


def held(root: Path) -> Content:
    """Return what is below `root`: content of files, targets of links, nothing for directories. Of any depth."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return dict(_held(handle, b""))
    finally:
        os.close(handle)


def _held(directory: int, above: bytes) -> Iterator[tuple[bytes, bytes | str | None]]:
    # From a descriptor: the whole path may be longer than the kernel takes.
    for raw in sorted(map(os.fsencode, os.listdir(directory))):
        kind = stat.S_IFMT(os.lstat(raw, dir_fd=directory).st_mode)
        if kind == stat.S_IFLNK:
            yield above + raw, os.readlink(raw, dir_fd=directory)
            continue
        flags = os.O_RDONLY | os.O_NOFOLLOW | (os.O_DIRECTORY if kind == stat.S_IFDIR else 0)
        handle = os.open(raw, flags, dir_fd=directory)
        try:
            if kind == stat.S_IFDIR:
                yield above + raw, None
                yield from _held(handle, above + raw + b"/")
            else:
                yield above + raw, os.read(handle, os.fstat(handle).st_size)
        finally:
            os.close(handle)


def check_honest(said: Said, source: Content, before: Content, after: Content, *, delete: bool, told: str) -> None:
    """
    Check what must hold after a copy of what could perhaps not be read.

    Exit 0 is for a copy that is whole, deletions included. Any other end says which directory could not be read, and
    deletes nothing; what both ends have is the old or the new.

    :param told: a word of that directory's name.
    """
    assert "Traceback" not in said.stderr, said.stderr
    lost = {name for name in before if name not in after}
    if said.exit_code == 0:
        missing = {name for name, content in source.items() if after.get(name, b"?") != content}
        assert not missing, f"exit 0 without {_some(missing)}; and gone are {_some(lost)}"
        assert lost <= before.keys() - source.keys(), f"exit 0, and gone are {_some(lost)}"
        assert not delete or after.keys() == source.keys(), (
            f"exit 0, not deleted: {_some(after.keys() - source.keys())}"
        )
        return
    assert not lost, f"exit {said.exit_code}, and gone are {_some(lost)}"
    changed = {name for name in before if after[name] not in (before[name], source.get(name, before[name]))}
    assert not changed, f"exit {said.exit_code}, and changed are {_some(changed)}"
    assert said.exit_code in UNREADABLE, f"exit {said.exit_code}: {said.stderr}"
    assert told in said.stderr, said.stderr


def _some(names: Iterable[bytes]) -> str:
    found = sorted(os.fsdecode(name) for name in names)
    return f"{len(found)} names: " + ", ".join(name[:24] for name in found[:3])
