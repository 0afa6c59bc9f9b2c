"""The pattern that says which processes are meant: searched in the whole command line, as by `pgrep -f`."""

from __future__ import annotations

import re

from ssh_transport.errors import UsageError

# regex(7) knows these inside of brackets, Python does not.
_CLASSES = {
    "[:alnum:]": "a-zA-Z0-9",
    "[:alpha:]": "a-zA-Z",
    "[:blank:]": r" \t",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9a-fA-F",
}
# What runs on every box: a pattern that fits them all says nothing.
_EVERYWHERE = ("/sbin/init", "sshd: root@notty", "-bash", "/usr/sbin/cron -f")


def compiled(pattern: str) -> re.Pattern[str]:
    """
    Return the pattern, ready to search a command line.

    :raises UsageError: it is no regular expression, or one that every process matches.
    """
    translated = pattern
    for name, characters in _CLASSES.items():
        translated = translated.replace(name, characters)
    try:
        made = re.compile(translated, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as exc:
        hint = "a dot, a bracket and the like take a backslash: 'train\\.py'"
        raise UsageError(f"`{pattern}` is no regular expression", cause=str(exc), hint=hint) from exc
    if not pattern.strip() or made.search("") or all(made.search(command) for command in _EVERYWHERE):
        raise UsageError(f"`{pattern}` matches every process", hint="name what is meant: 'python -m src.train'")
    return made
