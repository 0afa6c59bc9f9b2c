"""Finds the shell scripts below a directory; in a git work tree without ignored ones."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath

from .finding import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_BYTES = 1 << 20
# Scripts of other shells can't be parsed.
_SUFFIXES = (".sh", ".bash")
_FIRST_LINE = re.compile(rb"#![^\n]*[/ ](?:ba|da|a|k)?sh\b")
_FIRST_LINE_BYTES = 256
_GIT_S = 60


def scripts(path: str) -> Iterator[tuple[str, bytes] | Skipped]:
    """
    Yield every shell script with its content, or the reason why it is skipped.

    A script has the suffix of one, or begins with a ``#!`` line of a shell; if `path` is a file, it always is one. In a
    git work tree ignored files are left out. Links are not followed, except `path` itself.

    :raises NoSuchPath: the path does not exist.
    """
    if not os.path.lexists(path):
        raise NoSuchPath(f"there is no `{path}` on this machine")
    if not Path(path).is_dir():
        yield _read(path) or Skipped(path, "it is no regular file")
        return
    for name in _below(path):
        if Path(name).is_symlink():
            continue
        if _is_script(name) and (found := _read(name)):
            yield found


def _below(directory: str) -> Iterator[str]:
    names = _known_to_git(directory)
    if names is not None:
        yield from (os.path.normpath(f"{directory}/{name}") for name in names)
        return
    for top, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if name != ".git")
        yield from (os.path.normpath(f"{top}/{name}") for name in sorted(files))


def _known_to_git(directory: str) -> list[str] | None:
    """Return the files in a git work tree that are tracked or not ignored, None outside of one."""
    if not shutil.which("git"):
        return None
    # A repository's own settings could start a program here.
    plain = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    try:
        done = subprocess.run(
            ["git", *plain, *listing],
            cwd=directory,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return sorted(os.fsdecode(done.stdout).split("\0")[:-1]) if done.returncode == 0 else None


def _is_script(name: str) -> bool:
    try:
        if not stat.S_ISREG(os.lstat(name).st_mode):
            return False
        if name.endswith(_SUFFIXES):
            return True
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - many files, any bytes
            return _FIRST_LINE.match(file.read(_FIRST_LINE_BYTES)) is not None
    except OSError:
        return name.endswith(_SUFFIXES)


def _read(name: str) -> tuple[str, bytes] | Skipped | None:
    """Return name and content, or None if it is no regular file."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            data = file.read(LIMIT_BYTES + 1)
    except OSError as exc:
        return Skipped(name, exc.strerror or str(exc))
    if b"\0" in data:
        return Skipped(name, "it holds NUL bytes: no script")
    if len(data) > LIMIT_BYTES:
        return Skipped(name, f"it is larger than {LIMIT_BYTES:,} bytes")
    return name, data
