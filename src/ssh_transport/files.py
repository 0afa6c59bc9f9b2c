"""The door through which local files are written: whole or not at all, with their mode from the first byte."""

from __future__ import annotations

import contextlib
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AlreadyRunning, LocalFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write(path: Path, data: bytes | Iterable[bytes], *, mode: int) -> None:
    """
    Replace the content of `path` at once; a crash leaves the old content or the new one.

    A symlink is followed and stays; an existing file keeps its own mode, a new one gets `mode`.

    :raises LocalFileError: the directory can't be written.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode & 0o7777
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise LocalFileError(f"can't write `{path}`", cause=str(exc)) from exc
    with _staged(target, data, mode) as temporary:
        temporary.replace(target)


def replace(path: Path, data: bytes, *, mode: int, mtime_s: int) -> None:
    """
    As `write`, but the file has this mode and this modification time from now on, whatever was there.

    :raises LocalFileError: the directory can't be written.
    """
    target = Path(os.path.realpath(path))
    with _staged(target, data, mode) as temporary:
        os.utime(temporary, (mtime_s, mtime_s))
        temporary.replace(target)


def create(path: Path, data: bytes, *, mode: int) -> bool:
    """Write `path` unless something of that name exists, even a dangling symlink; return whether it was made."""
    with _staged(path, data, mode) as temporary:
        try:
            # Unlike a rename, a hard link never replaces.
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True


@contextlib.contextmanager
def locked(purpose: str, *, wait_s: float = 0) -> Iterator[None]:
    """
    Hold the one lock that `purpose` has on this machine for this user.

    :param wait_s: how long to wait for another holder; 0 gives up at once.
    :raises AlreadyRunning: another process holds it.
    """
    import filelock
    import platformdirs

    place = platformdirs.user_cache_path("ssh-transport")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = sha256(purpose.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    lock = filelock.FileLock(place / f"{name}.lock", mode=0o600)
    try:
        with lock.acquire(timeout=wait_s):
            yield
    except filelock.Timeout as exc:
        raise AlreadyRunning(
            f"another ssh-transport is already busy with {purpose}",
            hint="wait for it to end, or stop it, then run this again",
        ) from exc


@contextlib.contextmanager
def _staged(target: Path, data: bytes | Iterable[bytes], mode: int) -> Iterator[Path]:
    """Hold `data` in a temporary file beside `target`, synced; the directory is synced at the end."""
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as exc:
        raise LocalFileError(f"can't write `{target}`", cause=str(exc)) from exc
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except OSError as exc:
        raise LocalFileError(f"can't write `{target}`", cause=str(exc)) from exc
    finally:
        temporary.unlink(missing_ok=True)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
