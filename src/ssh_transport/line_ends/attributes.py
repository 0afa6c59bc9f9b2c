"""Lines of `.gitattributes` that make git use LF in shell scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .script import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULE = b"text eol=lf"
_GLOB = re.compile(rb"[\\*?\[]")
_PLAIN = re.compile(rb"[^\x00-\x20\"\x7f]+")
_C_STYLE = re.compile(rb"[\x00-\x1f\"\\\x7f]")


def pattern(name: bytes) -> bytes:
    """Return the pattern that matches only this path, relative to the top of the work tree: gitattributes(5)."""
    literal = b"/" + _GLOB.sub(rb"\\\g<0>", name)
    if _PLAIN.fullmatch(literal):
        return literal
    return b'"' + _C_STYLE.sub(lambda match: b"\\%03o" % ord(match[0]), literal) + b'"'


def suffix_patterns(names: Iterable[str]) -> Iterator[tuple[bytes, str]]:
    """Yield patterns for suffixes, `*.sh` and those in use, each with a name that no other pattern matches."""
    used = {suffix for name in names for suffix in SUFFIXES if name.endswith(suffix)}
    for suffix in SUFFIXES:
        if suffix in used or suffix == SUFFIXES[0]:
            yield b"*" + suffix.encode(), f"any-script-of-this-suffix{suffix}"


def with_lines(old: bytes, lines: Iterable[bytes], *, first: bool) -> bytes:
    """
    Return the file with added lines, in its own line ends; the old lines are not changed.

    :param first: add them at the beginning, where the old lines override them; else at the end.
    """
    end = b"\r\n" if b"\r\n" in old else b"\n"
    new = b"".join(line + end for line in lines)
    if first:
        return new + old
    return old + (end if new and old and not old.endswith(b"\n") else b"") + new
