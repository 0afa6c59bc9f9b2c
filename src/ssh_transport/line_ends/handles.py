"""
Reads and replaces files relative to an open directory, so that no link leads out of the tree.

A path may lead to another file the second time it is used, and git still lists a file that was replaced by a link.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING, NamedTuple

from .script import HEAD_BYTES, IS_UTF_16, LIMIT_BYTES, UTF_16, is_for_windows, is_shell_script

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Script(NamedTuple):
    """The content of a shell script, and its status when it was read."""

    data: bytes
    status: os.stat_result


@contextlib.contextmanager
def directory(path: str | int, below: str = "") -> Iterator[int]:
    """
    Open a directory, or one below an open directory; no part of `below` may be a link.

    :raises OSError: it is no directory, or can't be entered.
    """
    opened = os.dup(path) if isinstance(path, int) else os.open(path, _DIRECTORY & ~os.O_NOFOLLOW)
    try:
        for part in filter(None, below.split("/")):
            deeper = os.open(part, _DIRECTORY, dir_fd=opened)
            os.close(opened)
            opened = deeper
        yield opened
    finally:
        os.close(opened)


def read_script(at: int, name: str) -> Script | None:
    """
    Read a file in an open directory; `None` if it is no shell script, a link, a binary or a large file.

    :raises OSError: it can't be read, or is UTF-16.
    """
    if is_for_windows(name):
        return None
    before = os.stat(name, dir_fd=at, follow_symlinks=False)
    if not stat.S_ISREG(before.st_mode) or before.st_size > LIMIT_BYTES:
        return None
    with os.fdopen(os.open(name, _FILE, dir_fd=at), "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        head = file.read(HEAD_BYTES) or b""
        if not stat.S_ISREG(status.st_mode) or not is_shell_script(name, head):
            return None
        if head.startswith(UTF_16):
            raise OSError(errno.EILSEQ, IS_UTF_16)
        data = head + (_rest(file.fileno()) if len(head) == HEAD_BYTES else b"")
    return None if b"\0" in data or len(data) > LIMIT_BYTES else Script(data, status)


def replace(at: int, name: str, was: os.stat_result, data: bytes) -> bool:
    """
    Replace the content of a file in an open directory atomically; mode, owner and times stay.

    Another hard link to the file keeps the old content.

    :param was: the status of the file when it was read.
    :returns: whether it was replaced; not if the file has changed since.
    :raises OSError: it can't be written, or its owner can't be kept.
    """
    temporary = f".crlf-{secrets.token_hex(8)}"
    with os.fdopen(os.open(temporary, _NEW, 0o600, dir_fd=at), "wb") as file:
        try:
            file.write(data)
            file.flush()
            _set_metadata(file.fileno(), was)
            os.fsync(file.fileno())
            if _identity(os.stat(name, dir_fd=at, follow_symlinks=False)) != _identity(was):
                return False
            os.rename(temporary, name, src_dir_fd=at, dst_dir_fd=at)
            return True
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=at)


def _rest(handle: int) -> bytes:
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(LIMIT_BYTES)


def _set_metadata(handle: int, was: os.stat_result) -> None:
    """Set owner, mode and times of an open file."""
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (was.st_uid, was.st_gid):
        os.fchown(handle, was.st_uid, was.st_gid)
    # After the owner, as changing that clears setuid.
    os.fchmod(handle, stat.S_IMODE(was.st_mode))
    os.utime(handle, ns=(was.st_atime_ns, was.st_mtime_ns))


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
