"""What of a checkout is sent: every name with its kind, hash and size."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import Incomplete, LocalFileError
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LINK, PLAIN, EXECUTABLE = "120000", "100644", "100755"
_LINE = re.compile(rb"(120000|100644|100755) ([0-9a-f]{64}) ([0-9]{1,19})\t(.+)", re.DOTALL)
_CHUNK_BYTES = 1 << 20
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is smaller than 1,024 bytes.
_POINTER, _POINTER_BYTES = b"version https://git-lfs.github.com/spec/", 1024
_Stamp = tuple[int, ...]


class Line(NamedTuple):
    """One file or link: git's mode, the SHA-256 of its content or of where it leads, its size in bytes, its name."""

    mode: str
    digest: str
    size: int
    name: str

    @property
    def packed(self) -> bytes:
        """The line as it is stored: as ``git ls-tree -l -z`` has it, with another hash."""
        return b"%s %s %d\t%s\0" % (self.mode.encode(), self.digest.encode(), self.size, os.fsencode(self.name))


@dataclass(frozen=True)
class Listing:
    """
    The lines, sorted by name; of a local one ``stamps`` tells whether a file was written to since it was read.

    ``pointers`` are files that hold the address of a content that git LFS did not bring.
    """

    lines: tuple[Line, ...] = ()
    stamps: Mapping[str, _Stamp] | None = None
    pointers: tuple[str, ...] = ()

    @property
    def packed(self) -> bytes:
        """All of it as it is stored."""
        return b"".join(line.packed for line in self.lines)

    @property
    def digest(self) -> str:
        """What is the same for the same code, wherever it is."""
        return sha256(self.packed).hexdigest()

    @property
    def bytes(self) -> int:
        """The size of all files, links not counted."""
        return sum(line.size for line in self.lines if line.mode != LINK)

    @property
    def by_name(self) -> dict[str, Line]:
        """The lines by name."""
        return {line.name: line for line in self.lines}


def listing_here(directory: str, names: Iterable[str], known: Listing | None = None) -> Listing:
    """
    Read files and links below a directory; what vanished meanwhile is left out.

    :param known: an earlier listing: what was not written to since is not read again.
    :raises LocalFileError: something can't be read.
    """
    before, stamps = (known.by_name, known.stamps or {}) if known else ({}, {})
    lines: list[Line] = []
    now: dict[str, _Stamp] = {}
    pointers: list[str] = []
    for name in sorted(names, key=os.fsencode):
        path = posixpath.join(directory, name)
        try:
            found = os.lstat(path)
            stamp = (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
            if name in before and stamps.get(name) == stamp:
                lines.append(before[name])
            else:
                line, is_pointer = _read(path, name, found)
                lines.append(line)
                pointers += [name] if is_pointer else []
            now[name] = stamp
        except FileNotFoundError:
            continue
        except OSError as exc:
            hint = "make it readable, or --exclude it"
            raise LocalFileError(f"can't read `{one_line(name)}`", cause=str(exc), hint=hint) from exc
    return Listing(tuple(lines), now, tuple(pointers))


def parsed(data: bytes, who: str) -> Listing:
    """
    Return a listing that a box has kept, which may be anything.

    :raises Incomplete: it is none: a name leads out of its directory, or is there twice.
    """
    lines = []
    last = b""
    for packed in data.split(b"\0")[:-1]:
        match = _LINE.fullmatch(packed)
        parts = match[4].split(b"/") if match else [b".."]
        if match is None or match[4] <= last or not {b"", b".", b".."}.isdisjoint(parts):
            raise Incomplete(f"the list of what was sent to {who} is none", hint="push again; nothing is deleted then")
        last = match[4]
        lines.append(Line(match[1].decode(), match[2].decode(), int(match[3]), os.fsdecode(last)))
    return Listing(tuple(lines))


def _read(path: str, name: str, found: os.stat_result) -> tuple[Line, bool]:
    """Return the line of a file or link, and whether it is a pointer of git LFS."""
    if stat.S_ISLNK(found.st_mode):
        leads = os.readlink(os.fsencode(path))  # noqa: PTH115 - `Path` tidies it up
        return Line(LINK, sha256(leads).hexdigest(), len(leads), name), False
    digest, size, head = sha256(), 0, b""
    # What became a link or a pipe since it was looked at must neither lead elsewhere nor hold us up.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK_BYTES):
            head = head or chunk[:_POINTER_BYTES]
            digest.update(chunk)
            size += len(chunk)
    mode = EXECUTABLE if found.st_mode & stat.S_IXUSR else PLAIN
    return Line(mode, digest.hexdigest(), size, name), size < _POINTER_BYTES and head.startswith(_POINTER)
