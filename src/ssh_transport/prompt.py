"""The door for what a person types and nobody else may see."""

from __future__ import annotations

import contextlib
import getpass
import sys

from .errors import LoginRefused, UsageError


def password(box: str) -> str:
    """
    Ask for a box's login password: on the terminal without echo, else one line of standard input.

    :raises LoginRefused: standard input is at its end.
    """
    line = ""
    with contextlib.suppress(EOFError):
        if sys.stdin and sys.stdin.isatty():
            line = getpass.getpass(f"password for {box}: ")
        elif sys.stdin:
            line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise LoginRefused(
            f"`{box}` wants a password, and none was given",
            hint="run it in a terminal, or send one line per box: `... | inv keys.push --on " + box + "`",
        )
    return line


def new_passphrase() -> str:
    """
    Ask twice for a passphrase.

    :raises UsageError: the two differ, or there is no terminal.
    """
    if not sys.stdin or not sys.stdin.isatty():
        raise UsageError("a passphrase is asked for on a terminal only", hint="leave `--passphrase` out")
    first, second = getpass.getpass("passphrase: "), getpass.getpass("again: ")
    if first != second:
        raise UsageError("the passphrases differ", hint="run it again")
    return first
