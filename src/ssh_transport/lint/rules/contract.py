"""Rules for every script: LF line ends, the same first line, `set -u`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.lint.rule import Hit, Rule
from ssh_transport.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.script import Script
    from ssh_transport.lint.syntax import SyntaxNode

_FIRST_LINE = "#!/usr/bin/env bash"
_DIALECT = re.compile(rb"^[ \t]*#[ \t]*shellcheck[ \t]+(?:\S+[ \t]+)*shell=", re.MULTILINE)
_POSIX = re.compile(r"#! ?(?:/bin/|/usr/bin/env )(?:sh|dash|ash)\b")
_NOUNSET = re.compile(r"-[a-zA-Z]*u")
# In any other node, such as a function or subshell, `set -u` does not apply to the whole script.
_STATEMENTS = frozenset({"program", "list", "redirected_statement", "compound_statement", "negated_command"})


def first_line(script: Script) -> Iterator[Hit]:
    if script.level or is_sourced(script.source.text):
        return
    line = _first(script)
    if line == _FIRST_LINE or _POSIX.match(line):
        return
    yield Hit(0, f"the first line is not `{_FIRST_LINE}`" + (f" but `{line}`" if line.startswith("#!") else ""))


def posix_shell(script: Script) -> Iterator[Hit]:
    if not script.level and _POSIX.match(_first(script)):
        yield Hit(0, f"the script runs in `sh`, which differs from box to box: `{_first(script)}`")


def nounset(script: Script) -> Iterator[Hit]:
    if script.level or is_sourced(script.source.text):
        return
    if any(_NOUNSET.fullmatch(word) for word in _first(script).split()[1:]):
        return
    for command in script.commands:
        if command.name == "set" and all(at.kind in _STATEMENTS for at in command.at.ancestors()):
            words = [word.text for word in command.words]
            if any(_NOUNSET.match(word) for word in words) or "nounset" in words:
                return
    yield Hit(0, "there is no `set -u`: a misspelt variable counts as empty")


def line_ends(script: Script) -> Iterator[Hit]:
    if not script.level and (at := script.source.text.find(b"\r\n")) >= 0:
        lines = script.source.text.count(b"\r\n")
        yield Hit(at, f"Windows line ends in {count(lines, 'line')}: for the shell each `\\r` is part of the last word")


def is_sourced(text: bytes) -> bool:
    """Whether it is a library: it has no `#!` line, but shellcheck's directive for the dialect."""
    return not text.startswith(b"#!") and _DIALECT.search(text) is not None


def _first(script: Script) -> str:
    return script.source.text.partition(b"\n")[0].decode("utf-8", "replace").rstrip()


def is_about_file(at: SyntaxNode) -> bool:
    """Whether a comment is alone on its line, so that it applies to the whole file."""
    text = at.source.text
    return not text[text.rfind(b"\n", 0, at.node.start_byte) + 1 : at.node.start_byte].strip()


RULES = (
    Rule(
        "ST001",
        "The first line is `#!/usr/bin/env bash`",
        f"begin with `{_FIRST_LINE}`; in a library to be sourced with `# shellcheck shell=bash`",
        "#!/bin/bash",
        _FIRST_LINE,
        first_line,
        is_advice=True,
    ),
    Rule(
        "ST002",
        "`set -u`, so that a misspelt variable is an error",
        "put `set -u` after the first line",
        'rm -rf "$DRI/"*',
        "set -u",
        nounset,
        is_advice=True,
    ),
    Rule(
        "ST003",
        "LF line ends (T3), in place of SC1017",
        "ssh-transport hygiene.crlf --fix; for good: ssh-transport hygiene.gitattributes",
        "set -u\\r",
        "set -u",
        line_ends,
    ),
    Rule(
        "ST004",
        "`bash`, not `sh`, which differs from box to box",
        f"begin with `{_FIRST_LINE}`",
        "#!/bin/sh",
        _FIRST_LINE,
        posix_shell,
        is_advice=True,
    ),
)
