"""A watch of a box's `run` into a person's `to`, and what happens meanwhile at both ends."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.support.person import Person, Said

BIG_BYTES = 6_000_000


@contextlib.contextmanager
def watching(person: Person, *words: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a watch of the box's `run` into `to`, with windows of a second; end it by Ctrl-C if it still runs."""
    flags = ("--path=run/", "--to=to", "--every=1", "--settle=1")
    with person.starts("fab", "-H", "proj-1", "transfer.watch", *flags, *words, env=env) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def watches(person: Person, *words: str, settle: int = 1, env: dict[str, str] | None = None) -> Said:
    """Run a watch to its own end."""
    flags = ("--path=run/", "--to=to", "--every=1", f"--settle={settle}", "--json")
    return person.types("fab", "-H", "proj-1", "transfer.watch", *flags, *words, env=env)


def write(path: Path, content: bytes = b"content", mtime_s: int = 1_700_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (mtime_s, mtime_s))


@contextlib.contextmanager
def growing(path: Path) -> Iterator[None]:
    """Let a file grow by a step in every third of a window."""
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.3):
            with path.open("ab") as file:
                file.write(os.urandom(100_000))

    path.touch()
    writer = threading.Thread(target=grow)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def staged(to: Path) -> list[Path]:
    """What was there a moment ago: a copy under way makes and takes away as it likes."""
    found = (Path(place, name) for place, _, names in os.walk(to / ".watch-partial") for name in names)
    return [path for path in found if path.is_file()]


def staged_bytes(to: Path) -> int:
    """How much of the largest has been stored; the probe for what the file system can hold is large and empty."""
    stored = [0]
    for path in staged(to):
        with contextlib.suppress(FileNotFoundError):
            stored.append(path.stat().st_blocks * 512)
    return max(stored)
