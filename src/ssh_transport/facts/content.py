"""What one large file is like: whether it has holes, and whether it packs. To look for either costs rsync both ends."""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from dataclasses import dataclass

# What takes even a good connection its time.
MUCH_BYTES = 32 << 20
_BLOCK_BYTES, _BLOCKS = 1 << 16, 2
_SAMPLES = 3
# zstd saves about as much as gzip's fastest does.
_PACKS = 0.9

# For a shell function that knows of a `path`: size, what of it is on the disk, and what the samples are packed.
CONTENT = f"""
sample() {{
    timeout 1 dd if="$path" bs={_BLOCK_BYTES} skip="$1" count={_BLOCKS}
}}
content() {{
    [ -f "$path" ] && [ ! -L "$path" ] || return
    set -- $(stat -c '%s %b %B' -- "$path")
    [ "$1" -ge {MUCH_BYTES} ] || return
    blocks=$(($1 / {_BLOCK_BYTES}))
    packed=$({{ sample 0; sample "$((blocks / 2))"; sample "$((blocks - {_BLOCKS}))"; }} | gzip -1 | wc -c)
    echo "$1 $(($2 * $3)) $packed"
}}
"""


@dataclass(frozen=True)
class Content:
    """As far as it is known: what is not known of is taken to have both."""

    has_holes: bool = True
    packs: bool = True


UNKNOWN = Content()


def content_of(answer: str) -> Content:
    """Return what `content` has said of a file; of a small one, and of what is none, it says nothing."""
    numbers = answer.split()
    if len(numbers) != len(("size", "on the disk", "packed")) or not all(map(str.isdecimal, numbers)):
        return UNKNOWN
    return _content(*map(int, numbers))


def content_here(path: str) -> Content:
    """Return the same of a path of this machine."""
    with contextlib.suppress(OSError, AttributeError):
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_size >= MUCH_BYTES:
            blocks = found.st_size // _BLOCK_BYTES
            with open(path, "rb") as file:  # noqa: PTH123 - a text
                said = [
                    os.pread(file.fileno(), _BLOCKS * _BLOCK_BYTES, _BLOCK_BYTES * block)
                    for block in (0, blocks // 2, blocks - _BLOCKS)
                ]
            return _content(found.st_size, found.st_blocks * 512, len(zlib.compress(b"".join(said), 1)))
    return UNKNOWN


def _content(size_bytes: int, on_disk_bytes: int, packed_bytes: int) -> Content:
    sampled_bytes = _SAMPLES * _BLOCKS * _BLOCK_BYTES
    return Content(has_holes=on_disk_bytes < size_bytes, packs=packed_bytes < _PACKS * sampled_bytes)
