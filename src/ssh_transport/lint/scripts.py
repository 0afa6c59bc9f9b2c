"""Which files are shell scripts: below a directory as git sees it, or the one that was named."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath

from .finding import PassedOver

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_BYTES = 1 << 20
# Other shells have another grammar.
_SUFFIXES = (".sh", ".bash")
_FIRST_LINE = re.compile(rb"#![^\n]*[/ ](?:ba|da|a|k)?sh\b")
_FIRST_LINE_BYTES = 256
_GIT_S = 60


def scripts(path: str) -> Iterator[tuple[str, bytes] | PassedOver]:
    """
    Yield every shell script with its content, or the reason why it is passed over.

    A script is called like one or begins with a ``#!`` line of a shell; a file that is named itself always is one.
    Inside a git work tree what git ignores is left out. Links are not followed, except the one that is named.

    :raises NoSuchPath: there is nothing.
    """
    if not os.path.lexists(path):
        raise NoSuchPath(f"there is no `{path}` on this machine")
    if not Path(path).is_dir():
        yield _read(path) or PassedOver(path, "it is no regular file")
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
    """Return the names in a git work tree that are tracked or not ignored, None where there is none."""
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


def _read(name: str) -> tuple[str, bytes] | PassedOver | None:
    """Return name and content, None for what is no regular file."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            data = file.read(LIMIT_BYTES + 1)
    except OSError as exc:
        return PassedOver(name, exc.strerror or str(exc))
    if b"\0" in data:
        return PassedOver(name, "it holds NUL bytes: no script")
    if len(data) > LIMIT_BYTES:
        return PassedOver(name, f"it is larger than {LIMIT_BYTES:,} bytes")
    return name, data
