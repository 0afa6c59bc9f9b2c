"""Trees that are deeper than the longest path that the kernel takes: only made and looked at step by step."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Twenty-five steps of 200 bytes: over PATH_MAX, which is 4096, and fewer than our own limit of directories.
STEPS = tuple(f"{number:02}" + "d" * 198 for number in range(25))


def dig(top: Path, *names: str) -> None:
    """Have every step below `top`, with files of these names in the last one and a few on the way."""
    with _at(top, *STEPS) as (directory, on_the_way):
        for name in names:
            _write(directory, name)
        for step in on_the_way[::5]:
            _write(step, "on the way")


def fill_in(top: Path) -> None:
    """Remove it all."""
    shutil.rmtree(top)


@contextlib.contextmanager
def _at(top: Path, *steps: str) -> Iterator[tuple[int, list[int]]]:
    opened = [os.open(top, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for step in steps:
            with contextlib.suppress(FileExistsError):
                os.mkdir(step, dir_fd=opened[-1])
            opened.append(os.open(step, os.O_RDONLY | os.O_DIRECTORY, dir_fd=opened[-1]))
        yield opened[-1], opened
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _write(directory: int, name: str) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=directory)
    try:
        os.write(descriptor, name.encode())
    finally:
        os.close(descriptor)
    os.utime(name, (1_600_000_000, 1_600_000_000), dir_fd=directory)
