"""
Many short copies over several connections, one after the other: what is left of them at either end when all is over.

Every fifth loses one of its `ssh` in the middle, every tenth is killed with SIGKILL, all its programs at once, and made
again. At the end, and after the grace period, no process, no zombie, no socket, no file or directory of ours may be
there, no more files open than before, and every target must be the same as its source.

    python -m benchmarks.soak [--runs 200] [--streams 4]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sftp_speed import contents
from benchmarks.world import DIRECT, World, show, tell, world
from tests.support.processes import programs_of

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_S = 3
SETTINGS = f"transfer: {{streams_grace_s: {GRACE_S}}}\n"
FILES, FILE_BYTES, LARGE_BYTES = 20, 20_000, 3_000_000
LOSES_ONE_EVERY, KILLED_EVERY = 5, 10
# With two cores a copy of 3 MB is over in a moment; at this rate it lasts long enough to be struck.
LIMITED = "--bwlimit=4M"
FAR_PLACES = ("/tmp", "/dev/shm", "/var/tmp")  # noqa: S108 - where the far end may make its directory
FAR_NAME, OURS_NAME = "ssh-transport-stripe-*", "ssh-transport-*"
SETTLED_WITHIN_S = 60
POLL_S = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--streams", type=int, default=4)
    args = parser.parse_args()
    before = far_directories()
    with world() as stage:
        (stage.here / "fabric.yaml").write_text(SETTINGS)
        for home in (stage.here, stage.box):
            make(home / "tree")
        held = descriptors()
        struck = [0, 0]
        bad = [number for number in range(args.runs) if not copied(stage, number, args.streams, struck)]
        left = settled(stage, before, held)
    rows = [
        ("copies", args.runs, ""),
        ("of them with a connection killed", struck[0], ""),
        ("of them killed whole, and repeated", struck[1], ""),
        ("failed or different", len(bad), "missed" if bad else ""),
        *((f"left: {kind}", len(found), "missed" if found else "") for kind, found in left.items()),
    ]
    show(f"{args.runs} copies over {args.streams} connections", ("what", "seen", "missed"), rows)
    for kind, found in left.items():
        for what in found:
            tell(f"left, {kind}: {what}")
    return 1 if bad or any(left.values()) else 0


def copied(stage: World, number: int, streams: int, struck: list[int]) -> bool:
    """Make one copy, strike it if it is its turn, and say whether it ended as it must."""
    task = "push" if number % 2 else "pull"
    source, target = (stage.here, stage.box) if task == "push" else (stage.box, stage.here)
    place = target / "got"
    words = (f"--path={source / 'tree'}/", f"--to={place}", f"--streams={streams}")
    loses_one, is_killed = number % LOSES_ONE_EVERY == 1, number % KILLED_EVERY == 2  # noqa: PLR2004 - any turn will do
    strike = Strike(stage, whole=is_killed) if loses_one or is_killed else None
    argv = stage.copying("rsync", DIRECT, task, *words, *([LIMITED] if strike else []))
    ended = stage.run(argv, strike or (lambda: None))
    if strike and strike.has_struck:
        struck[is_killed] += 1
        if is_killed:
            ended = stage.run(argv)
    same = contents(place) == contents(source / "tree")
    if ended.exit_code or not same:
        tell(f"{number} {task}: {ended.exit_code} {'same' if same else 'DIFFERENT'}: {ended.stderr[-500:]}")
    shutil.rmtree(place, ignore_errors=True)
    return ended.exit_code == 0 and same


class Strike:
    """Kills one `ssh` of a copy that is under way, or all its programs here, once."""

    def __init__(self, stage: World, *, whole: bool) -> None:
        self._stage = stage
        self._is_whole = whole
        self.has_struck = False

    def __call__(self) -> None:
        if self.has_struck or not self._is_under_way():
            return
        programs = programs_of(self._stage.here)
        lanes = [process for process, words in programs.items() if words.startswith(b"ssh\0") and b"exec " in words]
        for process in programs if self._is_whole else lanes[-1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                self.has_struck = True

    def _is_under_way(self) -> bool:
        servers = [words.split(b"\0") for words in programs_of(self._stage.box).values() if b"--server" in words]
        return any(not is_dry(words) for words in servers)


def is_dry(words: list[bytes]) -> bool:
    """Whether the letter n is among the short options; what follows `e` is of the protocol."""
    return any(word[:1] == b"-" and word[1:2] != b"-" and b"n" in word.partition(b"e")[0] for word in words)


def settled(stage: World, before: set[Path], held: set[str]) -> dict[str, list[str]]:
    """Return what is left at either end, once the grace period is over."""

    def left() -> dict[str, list[str]]:
        running = {**programs_of(stage.here), **programs_of(stage.box)}
        return {
            "processes": [os.fsdecode(words.replace(b"\0", b" "))[:120] for words in running.values()],
            "zombies": [str(process) for process, state in family().items() if state == "Z"],
            "descriptors": sorted(descriptors() - held),
            "directories of the far end": sorted(map(str, far_directories() - before - listened_in())),
            "files of ours": sorted(map(str, stage.scratch.glob(OURS_NAME))),
            "sockets": sorted(str(path) for path in stage.scratch.rglob("*") if path.is_socket()),
        }

    return waited(left)


def waited(left: Callable[[], dict[str, list[str]]]) -> dict[str, list[str]]:
    deadline_s = time.monotonic() + SETTLED_WITHIN_S
    while any(left().values()) and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
    return left()


def family() -> dict[int, str]:
    """Return by process id the states of this program and of all below it: the server that listens, its sessions."""
    states: dict[int, str] = {}
    ahead = [os.getpid()]
    while ahead:
        process = ahead.pop()
        with contextlib.suppress(OSError):
            # The name before it stands in brackets and may hold any character.
            states[process] = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
            for thread in Path(f"/proc/{process}/task").iterdir():
                ahead += map(int, (thread / "children").read_text().split())
    return states


def descriptors() -> set[str]:
    """Return process, number and kind of every open file of the family."""
    found = set()
    for process in family():
        with contextlib.suppress(OSError):
            for entry in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    found.add(f"{process} {entry.name} {str(entry.readlink()).partition(':')[0]}")
    return found


def listened_in() -> set[Path]:
    """Return where somebody's sockets are: a far end that lives is ours, and among the processes, or a stranger's."""
    lines = Path("/proc/net/unix").read_text(errors="surrogateescape").splitlines()
    return {Path(line.split()[-1]).parent for line in lines if FAR_NAME.rstrip("*") in line}


def far_directories() -> set[Path]:
    return {path for place in FAR_PLACES for path in Path(place).glob(FAR_NAME)}


def make(root: Path) -> None:
    root.mkdir()
    (root / "large.bin").write_bytes(os.urandom(LARGE_BYTES))
    for number in range(FILES):
        (root / f"{number}.bin").write_bytes(os.urandom(FILE_BYTES))


if __name__ == "__main__":
    sys.exit(main())
