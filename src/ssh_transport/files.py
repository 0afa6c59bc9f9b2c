"""Local files, written whole or not at all, with their mode from the first byte; and locks between processes."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AlreadyRunning, LocalFileError
from .terminal import command_line
from .terminal.report import say
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write(path: Path, data: bytes | Iterable[bytes], *, mode: int, follow: bool = True) -> None:
    """
    Replace the content of `path` at once; a crash leaves the old content or the new one.

    An existing file keeps its own mode and owner, a new one gets `mode`.

    :param follow: whether a symlink is followed and stays. Where somebody else may have put it, it is replaced.
    :raises LocalFileError: the directory can't be written, or something that is no file stands there.
    """
    target = Path(os.path.realpath(path)) if follow else path
    try:
        found = target.stat() if follow else target.lstat()
    except FileNotFoundError:
        found = None
    except OSError as exc:
        raise LocalFileError(f"can't write `{path}`", cause=str(exc)) from exc
    if found and stat.S_ISLNK(found.st_mode):
        found = None
    if found and not stat.S_ISREG(found.st_mode):
        raise LocalFileError(f"can't write `{path}`", cause=f"{target} is no file")
    with _staged(target, data, stat.S_IMODE(found.st_mode) if found else mode) as temporary:
        if found and (found.st_uid, found.st_gid) != ((own := temporary.stat()).st_uid, own.st_gid):
            # Of somebody else's file root alone can make another one, and of one from outside a container nobody.
            with contextlib.suppress(OSError):
                os.chown(temporary, found.st_uid, found.st_gid)
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
    :raises LocalFileError: no directory of ours can be written.
    """
    import filelock

    name = sha256(purpose.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    path = private_directory() / f"{name}.lock"
    lock = filelock.FileLock(path, mode=0o600)
    line = command_line.current()
    try:
        with lock.acquire(timeout=-1 if line and line.options.waits_for_lock else wait_s):
            os.utime(path)
            yield
    except filelock.Timeout as exc:
        raise AlreadyRunning(
            f"another ssh-transport is already busy with {purpose}",
            cause=_since(path),
            hint="wait for it to end, or stop it, then run this again; --wait-for-lock waits",
        ) from exc


def _since(lock: Path) -> str:
    """Return how long a lock has been held, as far as is known."""
    with contextlib.suppress(OSError):
        return f"for {max(0, time.time() - lock.stat().st_mtime):.0f} s"
    return ""


def private_directory() -> Path:
    """
    Return a directory of this user's for locks: in the cache, or where a home is read-only among the temporary ones.

    :raises LocalFileError: none can be written.
    """
    import platformdirs

    runtime = os.environ.get("XDG_RUNTIME_DIR")
    places = [
        platformdirs.user_cache_path("ssh-transport"),
        *([Path(runtime, "ssh-transport")] if runtime else []),
        Path(tempfile.gettempdir(), f"ssh-transport-{os.getuid()}"),
    ]
    for place in places:
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = place.lstat()
            # Somebody else may have made one in a directory that is everybody's.
            is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
            if is_ours and os.access(place, os.W_OK | os.X_OK):
                if place != places[0]:
                    _say_where(places[0], place)
                return place
    raise LocalFileError(
        "there is no directory for locks", cause=", ".join(map(str, places)), hint="make one of them writable"
    )


@functools.cache
def _say_where(wanted: Path, place: Path) -> None:
    """Say it once in a process: what is locked elsewhere is not locked for those who can write the first place."""
    say(f"{one_line(str(wanted))} can't be written: locks are in {one_line(str(place))}")


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
