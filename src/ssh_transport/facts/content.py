"""What one large file is like: whether it has holes, and whether it packs. To look for either takes rsync its time."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import stat
import zlib
from dataclasses import dataclass

# What takes even a good connection its time.
MUCH_BYTES = 32 << 20
_BLOCK_BYTES, _BLOCKS = 1 << 16, 2
_PAGE_BYTES, _STAT_BLOCK_BYTES = 1 << 12, 512
_SAMPLES = 3
# zstd saves about as much as gzip's fastest does. Where one of the samples is all zeros, the others may be random.
_PACKS, _HAS_ZEROS = 0.9, 0.7

# Prints the size of a file, the number and the size of its blocks, and what the samples are packed.
_LOOK = f"""
path=$1
sample() {{
    dd if="$path" bs={_BLOCK_BYTES} skip="$1" count={_BLOCKS}
}}
[ -f "$path" ] && [ ! -L "$path" ] || exit
set -- $(stat -c "%s %b %B" -- "$path")
[ "$1" -ge {MUCH_BYTES} ] || exit
blocks=$(($1 / {_BLOCK_BYTES}))
packed=$({{ sample 0; sample "$((blocks / 2))"; sample "$((blocks - {_BLOCKS}))"; }} | gzip -1 | wc -c)
echo "$1 $2 $3 $packed"
"""
# For a shell that knows of a `path`, which may be on a volume that hangs.
CONTENT = f"""
content() {{
    timeout 1 sh -c '{_LOOK}' sh "$path"
}}
"""
_ANSWER = re.compile(r"(\d{1,19}) (\d{1,19}) (\d{1,5}) +(\d{1,7})\s*", re.ASCII)


@dataclass(frozen=True)
class Content:
    """As far as it is known: what is not known of is taken to have both."""

    has_holes: bool = True
    packs: bool = True


UNKNOWN = Content()


def content_of(answer: str) -> Content:
    """Return what `content` has said of a file; of a small one, and of what is none, it says nothing."""
    if not (found := _ANSWER.fullmatch(answer.lstrip())):
        return UNKNOWN
    size, blocks, block_bytes, packed = map(int, found.groups())
    return _content(size, blocks * block_bytes, packed)


def content_here(path: str) -> Content:
    """Return the same of a path of this machine, which is looked into once for all boxes."""
    with contextlib.suppress(OSError, AttributeError):
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_size >= MUCH_BYTES:
            packed_bytes = _packed_bytes(path, found.st_size, found.st_mtime_ns)
            return _content(found.st_size, found.st_blocks * _STAT_BLOCK_BYTES, packed_bytes)
    return UNKNOWN


@functools.lru_cache(maxsize=64)
def _packed_bytes(path: str, size_bytes: int, _mtime_ns: int) -> int:
    blocks = size_bytes // _BLOCK_BYTES
    with open(path, "rb") as file:  # noqa: PTH123 - a text
        said = [
            os.pread(file.fileno(), _BLOCKS * _BLOCK_BYTES, _BLOCK_BYTES * block)
            for block in (0, blocks // 2, blocks - _BLOCKS)
        ]
    return len(zlib.compress(b"".join(said), 1))


def _content(size_bytes: int, on_disk_bytes: int, packed_bytes: int) -> Content:
    packed = packed_bytes / (_SAMPLES * _BLOCKS * _BLOCK_BYTES)
    # Network file systems, which keep no count, make one up from the size; those of a disk count whole pages.
    is_counted = on_disk_bytes % _PAGE_BYTES == 0
    has_holes = on_disk_bytes < size_bytes or not is_counted or packed < _HAS_ZEROS
    return Content(has_holes=has_holes, packs=packed < _PACKS)
