"""Runs git in a work tree on this machine."""

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
# The settings of a work tree may name a program here, which `ls-files` would run.
_ARGV = ("git", "-c", "core.fsmonitor=false")
# What a hook of git hands on, and `git --git-dir` sets: it would be asked of that repository, wherever it runs.
_OF_ANOTHER = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"})


def run(directory: str, *arguments: str, data: bytes = b"", may_fail: bool = False) -> bytes:
    """
    Run git in a directory and return its output; empty if it failed and `may_fail`.

    :raises ToolMissing: git is not installed.
    :raises CommandFailed: git failed.
    """
    try:
        done = subprocess.run(
            [*_ARGV, *arguments],
            cwd=directory,
            input=data,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            env=_env(),
        )
    except FileNotFoundError as exc:
        raise ToolMissing("`git` is not installed", hint="install it, for instance: sudo apt-get install git") from exc
    if done.returncode and not may_fail:
        raise _failed(arguments, done.stderr)
    return b"" if done.returncode else done.stdout


def work_tree(directory: str) -> str | None:
    """
    Return the top of the work tree that a directory is in, or `None`.

    :raises ToolMissing: git is not installed.
    :raises CommandFailed: git refuses, for example because the work tree belongs to another user.
    """
    try:
        if run(directory, "rev-parse", "--is-inside-work-tree").strip() != b"true":
            return None
    except CommandFailed as exc:
        if "not a git repository" in exc.cause:
            return None
        raise
    return os.fsdecode(run(directory, "rev-parse", "--show-toplevel").removesuffix(b"\n"))


def names(directory: str) -> Iterator[str]:
    """
    Yield the files below a directory that git tracks or would add, each once, as git prints them.

    :raises CommandFailed: git failed.
    """
    arguments = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    argv = [*_ARGV, *arguments]
    last = rest = b""
    with (
        tempfile.TemporaryFile() as stderr,
        subprocess.Popen(argv, cwd=directory, stdout=subprocess.PIPE, stderr=stderr, env=_env()) as process,
    ):
        try:
            while chunk := process.stdout.read(_CHUNK_BYTES):  # type: ignore[union-attr] # it is piped
                *whole, rest = (rest + chunk).split(b"\0")
                for name in whole:
                    # An unmerged file is listed once for every side. A trailing slash marks a nested repository.
                    if name != last and not name.endswith(b"/"):
                        yield os.fsdecode(name)
                    last = name
        finally:
            process.kill()
        if process.wait() > 0:
            stderr.seek(0)
            raise _failed(arguments, stderr.read(_CHUNK_BYTES))


def _env() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    return {**inherited, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def _failed(arguments: tuple[str, ...], stderr: bytes) -> CommandFailed:
    return CommandFailed(f"`git {arguments[0]}` failed", cause=stderr.decode("utf-8", "replace"))
