"""The door to git: what it says of a work tree on this machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from ssh_transport.errors import CommandFailed, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT_S = 300
_CHUNK_BYTES = 1 << 16
# A work tree may name a program there, which listing files would run.
_ARGV = ("git", "-c", "core.fsmonitor=false")


def ask(place: str, *words: str, data: bytes = b"", may_fail: bool = False) -> bytes:
    """
    Run git in a directory and return what it printed, or nothing if it failed and may.

    :raises ToolMissing: there is no git.
    :raises CommandFailed: git failed.
    """
    try:
        done = subprocess.run(
            [*_ARGV, *words], cwd=place, input=data, capture_output=True, check=False, timeout=_TIMEOUT_S, env=_env()
        )
    except FileNotFoundError as exc:
        raise ToolMissing("`git` is not installed", hint="install it, for instance: sudo apt-get install git") from exc
    if done.returncode and not may_fail:
        raise _failed(words, done.stderr)
    return b"" if done.returncode else done.stdout


def work_tree(place: str) -> str | None:
    """
    Return the top of the work tree that a directory is in, or `None`.

    :raises ToolMissing: there is no git.
    :raises CommandFailed: git does not want to say, as of a work tree of somebody else.
    """
    try:
        if ask(place, "rev-parse", "--is-inside-work-tree").strip() != b"true":
            return None
    except CommandFailed as exc:
        if "not a git repository" in exc.cause:
            return None
        raise
    return os.fsdecode(ask(place, "rev-parse", "--show-toplevel").removesuffix(b"\n"))


def names(place: str) -> Iterator[str]:
    """
    Yield the files below a directory that git tracks or would add, each once, as they come.

    :raises CommandFailed: git failed.
    """
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    last = rest = b""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen([*_ARGV, *words], cwd=place, stdout=subprocess.PIPE, stderr=said, env=_env()) as process,
    ):
        try:
            while chunk := process.stdout.read(_CHUNK_BYTES):  # type: ignore[union-attr] # it is piped
                *whole, rest = (rest + chunk).split(b"\0")
                for name in whole:
                    # An unmerged file is told once for every side. A slash at the end is a repository of its own.
                    if name != last and not name.endswith(b"/"):
                        yield os.fsdecode(name)
                    last = name
        finally:
            process.kill()
        if process.wait() > 0:
            said.seek(0)
            raise _failed(words, said.read(_CHUNK_BYTES))


def _env() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def _failed(words: tuple[str, ...], stderr: bytes) -> CommandFailed:
    return CommandFailed(f"`git {words[0]}` failed", cause=stderr.decode("utf-8", "replace"))
