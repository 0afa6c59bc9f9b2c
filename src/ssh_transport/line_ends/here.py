"""Finds and fixes scripts on this machine."""

from __future__ import annotations

import errno
import os
import posixpath
import shutil
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath
from ssh_transport.git import ask as git
from ssh_transport.request.paths import local_path
from ssh_transport.text import one_line

from . import handles
from .ends import Ends, fixed
from .findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The file vanished, or became a link or a directory, since it was listed.
_GONE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})
_CHANGED = "it was changed meanwhile; run it again"


def scan_here(path: str, *, fix: bool) -> Report:
    """
    Find shell scripts with wrong line ends below a directory, or check one file; `fix` rewrites them.

    In a git work tree ignored files are skipped, unless `path` is the file itself.

    :raises NoSuchPath: there is no such path.
    :raises CommandFailed: git can't list the work tree.
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
    return Report.of(path, _findings(whole, names, unread, fix=fix), unread)


def _findings(top: str, names: Iterable[str], unread: list[str], *, fix: bool) -> Iterator[Finding]:
    with handles.directory(top) as opened:
        for name in names:
            try:
                finding = _check(opened, name, fix=fix)
            except OSError as exc:
                if exc.errno not in _GONE:
                    unread.append(f"{name}: {exc.strerror}")
            else:
                if finding:
                    yield finding


def _check(top: int, name: str, *, fix: bool) -> Finding | None:
    below, last = posixpath.split(name)
    with handles.directory(top, below) as at:
        script = handles.read_script(at, last)
        ends = Ends.of(script.data) if script else Ends()
        if script is None or not ends.kinds:
            return None
        failure = _fix(at, last, script) if fix and ends.is_fixable else ""
    return Finding.of(name, ends, fixing=fix, failure=failure, is_linked=script.status.st_nlink > 1)


def _fix(at: int, name: str, script: handles.Script) -> str:
    """Rewrite the file; return why that failed, or an empty string."""
    try:
        return "" if handles.replace(at, name, script.status, fixed(script.data)) else _CHANGED
    except OSError as exc:
        return _CHANGED if exc.errno in _GONE else exc.strerror or str(exc)


def names_below(directory: str, unread: list[str]) -> Iterator[str]:
    """
    Yield the files below a directory, relative to it; in a git work tree without ignored ones.

    :param unread: directories that can't be listed are added to it.
    """
    if shutil.which("git") and git.work_tree(directory) is not None:
        yield from git.names(directory)
    else:
        yield from _walked(directory, unread)


def _walked(directory: str, unread: list[str]) -> Iterator[str]:
    def failed(exc: OSError) -> None:
        unread.append(f"{os.path.relpath(exc.filename, directory)}: {exc.strerror}")

    for at, directories, files in os.walk(directory, onerror=failed):
        directories[:] = [name for name in directories if name != ".git"]
        below = os.path.relpath(at, directory)
        yield from (name if below == "." else f"{below}/{name}" for name in files)
