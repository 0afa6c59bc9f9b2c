"""The scripts of this machine: looked at, and mended."""

from __future__ import annotations

import errno
import os
import posixpath
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath
from ssh_transport.text import one_line
from ssh_transport.transfer.request import local_path

from . import handles
from .ends import Ends, mended
from .findings import Finding, Report
from .listing import names_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What vanished, became a link or a directory meanwhile is none of the files that were named.
_GONE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})
_CHANGED = "it was changed meanwhile; run it again"


def look_here(path: str, *, fix: bool) -> Report:
    """
    Look at the shell scripts below a directory, or at one file, and mend them if asked.

    In a git work tree what git ignores is passed over, unless it is the file that was named.

    :raises NoSuchPath: there is no such path.
    :raises CommandFailed: git won't list the work tree.
    """
    whole = os.path.realpath(local_path(path))
    if not os.path.exists(whole):  # noqa: PTH110 - may be any bytes
        raise NoSuchPath(f"there is no `{one_line(path)}` on this machine", hint="name a directory: --path=DIR")
    unread: list[str] = []
    names: Iterable[str]
    if os.path.isdir(whole):  # noqa: PTH112 - as above
        names = names_below(whole, unread)
    else:
        whole, name = posixpath.split(whole)
        names = [name]
    return Report.of(path, _looked_at(whole, names, unread, fix=fix), unread)


def _looked_at(top: str, names: Iterable[str], unread: list[str], *, fix: bool) -> Iterator[Finding]:
    with handles.directory(top) as opened:
        for name in names:
            try:
                finding = _look(opened, name, fix=fix)
            except OSError as exc:
                if exc.errno not in _GONE:
                    unread.append(f"{name}: {exc.strerror}")
            else:
                if finding:
                    yield finding


def _look(top: int, name: str, *, fix: bool) -> Finding | None:
    below, last = posixpath.split(name)
    with handles.directory(top, below) as at:
        script = handles.read_script(at, last)
        ends = Ends.of(script.data) if script else Ends()
        if script is None or not ends.kinds:
            return None
        failure = _mend(at, last, script) if fix and ends.is_mendable else ""
    return Finding.of(name, ends, fixing=fix, failure=failure)


def _mend(at: int, name: str, script: handles.Script) -> str:
    """Return what kept the file from being mended."""
    try:
        return "" if handles.replace(at, name, script.status, mended(script.data)) else _CHANGED
    except OSError as exc:
        return _CHANGED if exc.errno in _GONE else exc.strerror or str(exc)
