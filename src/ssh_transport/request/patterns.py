"""
rsync's ``--exclude`` patterns (rsync(1), FILTER RULES) as regular expressions over names, for both ends; and those that
a file has, as ``--exclude-from`` reads them.
"""

from __future__ import annotations

import os
import re
import string
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "digit": string.digits,
    "graph": string.ascii_letters + string.digits + string.punctuation,
    "lower": string.ascii_lowercase,
    "print": string.ascii_letters + string.digits + string.punctuation + " ",
    "punct": string.punctuation,
    "space": string.whitespace,
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}
_COMMENTS = (b";", b"#")
_LIMIT_BYTES = 1 << 20
_NEVER = "(?!)"
_CLEAR = "!"


@dataclass(frozen=True)
class Rule:
    """
    One pattern: an ASCII regular expression that fits the whole of ``/name``, as bytes.

    A directory's name is tried with a slash at its end too. The first rule that fits a name decides.
    """

    regex: str
    directories_only: bool
    excludes: bool


class Excluded:
    """
    Whether a name below the root of a transfer is left out.

    Only what fits itself: who walks does not go down into a directory that is left out.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """
        :param patterns: as given to ``--exclude``, in order; like there ``+ `` in front takes the names in, ``- ``
            leaves them out, and a lone ``!`` forgets the patterns before it.
        """
        self.rules = tuple(map(_rule, filter(None, in_force(patterns))))
        self._compiled = [(re.compile(rule.regex.encode(), re.DOTALL), rule) for rule in self.rules]

    def __call__(self, name: str, *, is_directory: bool) -> bool:
        """:param name: relative to the root of the transfer: of a source `dir` it begins with `dir`, of `dir/` not."""
        path = b"/" + os.fsencode(name)
        for regex, rule in self._compiled:
            if rule.directories_only and not is_directory:
                continue
            if regex.fullmatch(path) or (is_directory and regex.fullmatch(path + b"/")):
                return rule.excludes
        return False


def in_force(patterns: Sequence[str]) -> Sequence[str]:
    """Return the patterns behind the last lone ``!``, which forgets all before it: rsync(1), FILTER RULES."""
    given = list(patterns)
    return given[len(given) - given[::-1].index(_CLEAR) :] if _CLEAR in given else given


def literal_exclude(name: str) -> str:
    """
    Return the pattern of rsync's ``--exclude`` that fits just this name, relative to the root of the copy.

    A backslash makes the next character literal only in a pattern with a wildcard, else it is one itself: rsync(1).
    """
    if set(name) & set("*?["):
        name = "".join(f"\\{char}" if char in "*?[\\" else char for char in name)
    return f"/{name}"


def _rule(pattern: str) -> Rule:
    excludes = not pattern.startswith("+ ")
    data = os.fsencode(pattern[2:] if pattern.startswith(("+ ", "- ")) else pattern)
    directories_only = len(data) > 1 and data.endswith(b"/")
    if directories_only:
        data = data[:-1]
    anchored = data.startswith(b"/")
    slashes, deep = data.count(b"/"), b"**" in data
    body = data[1:] if anchored else data
    # `dir/***` means the directory too: only then may the slash that ends a directory's name be matched.
    ending = "" if data.endswith(b"***") else "(?<!/)"
    if not set(data) & set(b"*?["):
        regex = "".join(map(_literal, body))
        start = "/" if anchored else "/(?:.*/)?"
    else:
        regex = _wild(body)
        if anchored:
            start = "/"
        elif data.startswith(b"**"):
            # It may match the very first slash, so that `**/x` fits a name at the root.
            start = ""
        elif deep:
            start = "/(?:.*/)?"
        else:
            # So many components at the end, whatever the pattern makes of its slashes.
            start = f"/(?:.*/)?(?=[^/]*(?:/[^/]*){{{slashes}}}\\Z)"
    return Rule(f"{start}(?:{regex}){ending}", directories_only, excludes)


def _wild(pattern: bytes) -> str:
    """Translate `*`, `**`, `?`, `[...]` and backslashes, byte by byte, as rsync matches."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        if char == b"*":
            stars = len(pattern) - at - len(pattern[at:].lstrip(b"*"))
            parts.append(".*" if stars > 1 else "[^/]*")
            at += stars
        elif char == b"?":
            parts.append("[^/]")
            at += 1
        elif char == b"[":
            part, at = _set(pattern, at + 1)
            parts.append(part)
        elif char == b"\\":
            parts.append(_literal(pattern[at + 1]) if at + 1 < len(pattern) else _NEVER)
            at += 2
        else:
            parts.append(_literal(pattern[at]))
            at += 1
    return "".join(parts)


def _set(pattern: bytes, at: int) -> tuple[str, int]:
    """Translate a bracket whose content starts at `at`; return that and where it ends. What is no set fits nothing."""
    inverted = pattern[at : at + 1] in {b"!", b"^"}
    at += inverted
    members: set[int] = set()
    previous: int | None = None
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        if at >= len(pattern):
            return _NEVER, len(pattern)
        named = re.match(rb"\[:([^\]]*):\]", pattern[at:])
        if pattern[at] == ord("-") and previous is not None and pattern[at + 1 : at + 2] not in {b"", b"]"}:
            at += 2 if pattern[at + 1] == ord("\\") else 1
            if at >= len(pattern):
                return _NEVER, len(pattern)
            members.update(range(previous, pattern[at] + 1))
            previous = None
            at += 1
        elif named:
            known = _CLASSES.get(named[1].decode("latin-1"))
            if known is None:
                return _NEVER, len(pattern)
            members.update(known.encode())
            previous = None
            at += len(named[0])
        else:
            at += pattern[at] == ord("\\")
            if at >= len(pattern):
                return _NEVER, len(pattern)
            previous = pattern[at]
            members.add(previous)
            at += 1
    fitting = (set(range(256)) - members if inverted else members) - {ord("/")}
    return f"[{''.join(map(_literal, sorted(fitting)))}]" if fitting else _NEVER, at + 1


def _literal(byte: int) -> str:
    return chr(byte) if chr(byte) in string.ascii_letters + string.digits + "/" else f"\\x{byte:02x}"


def patterns_in(path: str) -> list[str]:
    """
    Return the patterns of a file, one for each line; empty lines and comments are left out, blanks are kept.

    :param path: ``-`` for standard input.
    :raises LocalFileError: it can't be read.
    :raises UsageError: it is no list of patterns.
    """
    try:
        data = sys.stdin.buffer.read(_LIMIT_BYTES + 1) if path == "-" else _read(Path(path).expanduser())
    except OSError as exc:
        raise LocalFileError(f"can't read `{one_line(path)}`, which --exclude-from names", cause=str(exc)) from exc
    if len(data) > _LIMIT_BYTES or b"\0" in data:
        raise UsageError(f"`{one_line(path)}` is no list of patterns", hint="one pattern in a line, as rsync wants it")
    # A carriage return ends a line for rsync, too.
    lines = re.split(rb"[\r\n]", data)
    return [os.fsdecode(line) for line in lines if line and not line.startswith(_COMMENTS)]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LIMIT_BYTES + 1)
