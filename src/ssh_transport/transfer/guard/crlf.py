"""Shell scripts with Windows line ends: named before they are pushed, or sent as a shell can read them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.errors.commands import as_typed
from ssh_transport.line_ends.ends import as_lf
from ssh_transport.line_ends.script import HEAD_BYTES, is_shell_script
from ssh_transport.temporary import PrivateDirectory
from ssh_transport.text import count, one_line

from . import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_LOOKED_AT_BYTES = 1 << 20
_NAMED = 10


def scripts(here: str, names: Iterable[str], *, copy_links: bool = False) -> list[str]:
    """
    Return the names of the shell scripts among the files of a push that hold a CRLF, in their order.

    What can't be read is passed over.
    """
    root = root_of(here)
    status_of = os.stat if copy_links else os.lstat
    with share.finding() as known:
        return [name for name in names if _is_crlf_script(f"{root}/{name}", status_of, known)]


def warning(names: Sequence[str]) -> str:
    """Return what to say of these scripts before they are pushed."""
    shown = [one_line(name) for name in names[:_NAMED]]
    more = [f"and {len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    return as_typed(
        f"warning: {count(len(names), 'shell script')} with Windows line ends: {', '.join([*shown, *more])}\n"
        "  a shell on the box takes each `\\r` for a part of the word before it: `set: -: invalid option`, "
        "`$'do\\r'`, or nothing happens\n"
        "  send them with LF, the source untouched: --fix-crlf; for good: ssh-transport hygiene.gitattributes"
    )


@contextlib.contextmanager
def lf_copies(here: str, names: Sequence[str]) -> Iterator[str]:
    """
    Hold LF copies of these scripts in a private temporary tree, and yield what stands for `here` in it.

    Directories and files have the modes and times of the originals, so that a second push finds nothing to do. To be
    pushed to the same target after the main tree, from which `literal_exclude` leaves the scripts out.
    """
    root = root_of(here)
    with PrivateDirectory() as private:
        top = private.path / "tree"
        top.mkdir()
        for name in names:
            copy = top / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            # Private until it has its mode; whoever may not read the original can't read this.
            with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(as_lf(Path(root, name).read_bytes()))
            shutil.copystat(Path(root, name), copy)
        for directory in sorted({parent for name in names for parent in Path(name).parents}, reverse=True):
            shutil.copystat(Path(root, directory), top / directory)
        try:
            yield f"{top}/" if here.endswith("/") else str(top / Path(here).name)
        finally:
            for path in (top, *top.rglob("*")):
                if path.is_dir():
                    path.chmod(0o700)


def _is_crlf_script(
    path: str, status_of: Callable[[str], os.stat_result], known: dict[tuple[object, ...], bool] | None
) -> bool:
    try:
        status = status_of(path)
        if not stat.S_ISREG(status.st_mode):
            return False
        key = "crlf", path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        if known is not None and key in known:
            return known[key]
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES) or b""
            is_one = is_shell_script(path, head) and b"\r\n" in head + (file.read(_LOOKED_AT_BYTES) or b"")
    except OSError:
        return False
    if known is not None:
        known[key] = is_one
    return is_one
