"""File systems that are not like the one of the machine, mounted for a test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.mounts import mounted, need_root, served
from tests.support.picky import FOLDING, VFAT, Limits, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Mount = Callable[[Path], AbstractContextManager[Path]]

_CHECKOUT = Path(__file__).parents[2]
_DEADLINE_S = 20
_IMAGE_BYTES = 48 << 20


def _run(*words: str | Path) -> str:
    return subprocess.run(words, check=True, timeout=_DEADLINE_S, capture_output=True, text=True).stdout


def _image(place: Path, *make: str) -> Path:
    """Return an empty file system in a file beside its place."""
    place.mkdir(parents=True)
    image = place.with_name(f"{place.name}.img")
    with image.open("wb") as file:
        file.truncate(_IMAGE_BYTES)
    _run(*make, image)
    return image


@contextlib.contextmanager
def picky(place: Path, limits: Limits) -> Iterator[Path]:
    """Mount one with limits of our own; what it holds is in a directory beside it."""
    source = place.with_name(f"{place.name}.stored")
    place.mkdir(parents=True, exist_ok=True)
    source.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(_CHECKOUT), "FUSE_LIBRARY_NAME": "fuse3"}
    words = (sys.executable, "-m", "tests.support.picky", encoded(limits), source, place)
    with served(place, *words, env=environment):
        yield place


def small(place: Path, *, options: str = "size=3m") -> AbstractContextManager[Path]:
    """Mount one that is soon full."""
    return mounted(place, "mount", "-t", "tmpfs", "-o", options, "none")


@contextlib.contextmanager
def ntfs(place: Path) -> Iterator[Path]:
    """Mount a real NTFS as it is on a Windows disk: names fold, some can't be, modes are not kept."""
    need_root("the driver gives up what root has")
    image = _image(place, "mkntfs", "--quiet", "--fast", "--force")
    with mounted(place, "lowntfs-3g", "-o", "windows_names,ignore_case", image):
        yield place


@contextlib.contextmanager
def exfat(place: Path) -> Iterator[Path]:
    """Mount a real exFAT as it is on a stick: names fold, some can't be, neither modes nor links are kept."""
    need_root("the driver wants a block device")
    image = _image(place, "mkfs.exfat")
    device = _run("losetup", "--find", "--show", image).strip()
    try:
        with mounted(place, "mount.exfat-fuse", device):
            yield place
    finally:
        # With its last user, should it still have one.
        _run("losetup", "--detach", device)


def vfat(place: Path) -> AbstractContextManager[Path]:
    """Mount one that is as Linux shows a FAT: the limits of `exfat`, times of two seconds, files below 4 GiB."""
    return picky(place, VFAT)


def folding(place: Path) -> AbstractContextManager[Path]:
    """Mount one as on a Mac: it holds everything, and names fold."""
    return picky(place, FOLDING)


@contextlib.contextmanager
def quota(place: Path) -> Iterator[Path]:
    """Mount a btrfs with a quota of 3 MB; for the table only, as not every kernel has it. Only root may do so."""
    place.mkdir(parents=True)
    image = place.with_name(f"{place.name}.img")
    with image.open("wb") as file:
        file.truncate(128 << 20)
    _run("mkfs.btrfs", "--quiet", image)
    with mounted(place, "mount", "-o", "loop", image):
        _run("btrfs", "quota", "enable", place)
        _run("btrfs", "qgroup", "limit", "3m", place)
        yield place
