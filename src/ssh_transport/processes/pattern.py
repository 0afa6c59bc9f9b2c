"""The pattern that selects processes: it is searched in the whole command line, as by `pgrep -f`."""

from __future__ import annotations

import re

from ssh_transport.errors import UsageError

# Character classes of regex(7) that Python does not support.
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
# Command lines that are on every box; a pattern that matches all of them is refused.
_EVERYWHERE = ("/sbin/init", "sshd: root@notty", "-bash", "/usr/sbin/cron -f")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """
    Compile a pattern.

    :raises UsageError: it is no regular expression, or every process matches it.
    """
    translated = pattern
    for name, characters in _CLASSES.items():
        translated = translated.replace(name, characters)
    try:
        compiled = re.compile(translated, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as exc:
        hint = "a dot, a bracket and the like take a backslash: 'train\\.py'"
        raise UsageError(f"`{pattern}` is no regular expression", cause=str(exc), hint=hint) from exc
    if not pattern.strip() or compiled.search("") or all(compiled.search(command) for command in _EVERYWHERE):
        raise UsageError(f"`{pattern}` matches every process", hint="be more specific: 'python -m src.train'")
    return compiled
