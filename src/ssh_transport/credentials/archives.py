"""What is in an archive, as far as that costs little: its names, and the bytes of its members."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ssh_transport.temporary import PrivateDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES, _MOST_MEMBERS, _LONGEST_S = 32 << 20, 10_000, 10
_TAR_AT = 257
_MAGIC = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
# zstd, lz4, 7-Zip, rar, lzip: nobody here opens them.
_CLOSED = (b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"LZIP")
_DEPTH = 3
# `blob 12\0`, deflated: gitformat-loose(5). The commonest levels of zlib begin so.
_DEFLATED = (b"x\x01", b"x\x9c", b"x\x5e", b"x\xda")


def is_archive(head: bytes) -> bool:
    """Whether a file that begins so is one whose members can be listed."""
    return head.startswith(_MAGIC) or head[_TAR_AT : _TAR_AT + 5] == b"ustar"


def is_closed(head: bytes) -> bool:
    """Whether a file that begins so is an archive of a kind that is not opened here."""
    return head.startswith(_CLOSED)


def members(path: str) -> Iterator[tuple[str, bytes]]:
    """
    Yield the name and the bytes of each member, archives in archives too.

    :raises ValueError: it is too large or too deep for that, is damaged, or this machine can't read it.
    """
    try:
        from kingfisher_sdk import ScanInput, expand_archives
    except ImportError as exc:
        raise ValueError("nothing here reads archives") from exc
    # What is unpacked by the way is nobody else's to read.
    with PrivateDirectory() as place:
        expanded = expand_archives(
            [ScanInput.from_file(path)],
            depth=_DEPTH,
            max_bytes=_MOST_BYTES,
            max_entries=_MOST_MEMBERS,
            timeout=_LONGEST_S,
            temp_dir=str(place.path),
        )
        try:
            for member in expanded:
                name = member.path.decode("utf-8", "replace") if isinstance(member.path, bytes) else str(member.path)
                content = bytes(member.data or b"")
                if is_archive(content) or is_closed(content):
                    raise ValueError("an archive in it was not opened")
                yield name.removeprefix(path).removeprefix("!"), content
        except (OSError, RuntimeError, TimeoutError) as exc:
            raise ValueError(str(exc)) from exc


def git_object(data: bytes) -> bytes:
    """Return the content of a loose object of git, or nothing if it is none."""
    if not data.startswith(_DEFLATED):
        return b""
    try:
        kind, _, content = zlib.decompressobj().decompress(data, _MOST_BYTES).partition(b"\0")
    except zlib.error:
        return b""
    return content if kind.startswith((b"blob ", b"commit ", b"tag ")) else b""
