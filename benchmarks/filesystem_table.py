"""
What a copy to and from file systems with limits of their own ends with, by each engine, run twice.

`python -m benchmarks.filesystem_table [NAME ...]`, as root; it mounts images and FUSE drivers, and takes minutes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.conftest import lets_in
from tests.support.copying import Copying, copying, held
from tests.support.filesystems import exfat, folding, ntfs, quota, small, vfat
from tests.support.person import Person
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.filesystems import Mount

MOUNTS: dict[str, Mount] = {
    "vfat (ours)": vfat,
    "exfat": exfat,
    "ntfs": ntfs,
    "folding (ours)": folding,
    "tmpfs 3m": small,
    "quota (btrfs)": quota,
}


class Content(NamedTuple):
    """What is copied, and whether the odd file system could hold it itself as a source."""

    fill: Callable[[Path], None]
    fits: bool


def _plain(root: Path) -> None:
    _write(root / "a.txt", 1_600_000_001)
    _write(root / "sub" / "b.txt", 1_600_000_003.5)
    _write(root / "sub" / "even", 1_600_000_002)


def _case(root: Path) -> None:
    _write(root / "Model", 1_600_000_000)
    _write(root / "model", 1_600_000_002)


def _case_of_directories(root: Path) -> None:
    _write(root / "Data" / "x", 1_600_000_000)
    _write(root / "data" / "y", 1_600_000_000)


def _colon(root: Path) -> None:
    _write(root / "run:1", 1_600_000_000)
    _write(root / "fine", 1_600_000_000)


def _dot(root: Path) -> None:
    _write(root / "dot.", 1_600_000_000)
    _write(root / "space ", 1_600_000_000)
    _write(root / "fine", 1_600_000_000)


def _modes(root: Path) -> None:
    for mode in (0o600, 0o640, 0o755):
        _write(root / f"m{mode:o}", 1_600_000_000)
        (root / f"m{mode:o}").chmod(mode)


def _link(root: Path) -> None:
    _write(root / "a", 1_600_000_000)
    (root / "link").symlink_to("a")


def _large(root: Path) -> None:
    _write(root / "large", 1_600_000_000, os.urandom(5 << 20))


CONTENTS = {
    "odd and half times": Content(_plain, fits=True),
    "Model, model": Content(_case, fits=False),
    "Data/, data/": Content(_case_of_directories, fits=False),
    "a colon": Content(_colon, fits=False),
    "last dot, last space": Content(_dot, fits=False),
    "modes 600 640 755": Content(_modes, fits=True),
    "a symlink": Content(_link, fits=False),
    "5 MB": Content(_large, fits=False),
}
SKIPPED = {("5 MB", name) for name in MOUNTS if not name.startswith(("tmpfs", "quota"))}


def _write(path: Path, mtime_s: float, content: bytes = b"") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content or str(path.name).encode())
    os.utime(path, (mtime_s, mtime_s))


def _said(copy: Copying) -> str:
    said = copy.types("--json")
    if said.exit_code:
        words = said.stderr.replace(str(copy.target), "TO").replace(str(copy.source), "FROM").splitlines()
        wanted = [line for line in words if line.startswith(("error", "  cause", "warning"))]
        return f"{said.exit_code} ({' / '.join(wanted)[:150]})"
    return f"0, {said.json['files']} files"


def _there(copy: Copying) -> str:
    source, target = held(copy.source), held(copy.target)
    same = sum(target.get(name, b"?") == content for name, content in source.items())
    differing = sorted(os.fsdecode(name) for name in source.keys() ^ target.keys())
    modes = {f"{stat.S_IMODE(each.stat().st_mode):o}" for each in copy.target.iterdir() if not each.is_symlink()}
    return f"{same}/{len(source)} whole; names differ: {differing}; modes {sorted(modes)}"


def _row(name: str, mount: Mount, what: str, engine: str, *, as_source: bool) -> str:
    """Copy twice in an empty place of its own; the box is the odd end."""
    # Short: sockets are below it.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="t", ignore_cleanup_errors=True) as directory:
        top = Path(directory)
        person = Person(top / "you")
        with contextlib.ExitStack() as stack:
            box = stack.enter_context(Sshd(top / "box"))
            lets_in(box, person)
            person.adds_alias("proj-1", box.port, box.user)
            (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
            copy = copying(person, box, "pull" if as_source else "push", engine)
            place = copy.source if as_source else copy.target
            place.rmdir()
            stack.enter_context(mount(place))
            CONTENTS[what].fill(copy.source)
            first = _said(copy)
            after = _there(copy)
            side = "source" if as_source else "target"
            return f"| {name} | {side} | {what} | {engine} | {first} | {after} | {_said(copy)} |"


def main() -> None:
    """Print the table, row by row."""
    wanted = sys.argv[1:] or list(MOUNTS)
    sys.stdout.write("| file system | as | what | engine | first run | then there | second run |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- | --- |\n")
    for name in wanted:
        for what, content in CONTENTS.items():
            for as_source in (False, True):
                if (what, name) in SKIPPED or (as_source and not content.fits):
                    continue
                for engine in ("rsync", "sftp"):
                    print(_row(name, MOUNTS[name], what, engine, as_source=as_source), flush=True)


if __name__ == "__main__":
    main()
