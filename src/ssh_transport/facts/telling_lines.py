"""Lines of a shell or a program in which somebody wrote a secret down."""

from __future__ import annotations

import re

from ssh_transport.transfer.guard.tokens import has_secret, has_token

TOKEN = "a token"  # noqa: S105 - words, no token
VARIABLE = "the value of a secret variable"
_PASSWORD = "a password in a command"  # noqa: S105 - as above
_ADDRESS = "a password in an address"

# zsh writes `: 1700000000:0;` before a command, fish `- cmd: `.
_PREFIX = re.compile(rb"^(?:: \d+:\d+;|- cmd: )")
_VALUE = rb"""("[^"]*"|'[^']*'|[^\s;&|)"']+)"""
_ASSIGNMENT = re.compile(rb"""(?:^|[\s;&|('",{])([A-Za-z_]\w*)=""" + _VALUE)
_ITEM = re.compile(rb"""["']([A-Za-z_]\w*)["']\s*(?:\]\s*=|:|,)\s*("[^"]*"|'[^']*')""")
_FISH = re.compile(rb"(?:^|[\s;])set\s+(?:-\S+\s+)*([A-Za-z_]\w*)\s+" + _VALUE)

# Each has the value as its only group.
_COMMANDS = (
    (_PASSWORD, re.compile(rb"\bwandb\s+login\s+(?:--\S+\s+)*([0-9a-f]{40})\b")),
    (_PASSWORD, re.compile(rb"\bsshpass\s+-p\s*" + _VALUE)),
    (
        _PASSWORD,
        re.compile(rb"\s--?[\w-]*(?:api[-_]?key|token|password|passwd|secret)(?:=|\s+)" + _VALUE, re.IGNORECASE),
    ),
    (_PASSWORD, re.compile(rb"\bcurl\b.*\s(?:-u|--user)[ =]?['\"]?[^\s:'\"]+:([^\s'\"]+)")),
    (_PASSWORD, re.compile(rb"\b(?:Bearer|Basic)\s+([A-Za-z0-9._~+/=-]{16,})")),
    (_ADDRESS, re.compile(rb"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@")),
)


def kind_of_line(line: bytes) -> str:
    """Return what secret stands in a line, in words, or nothing; placeholders and `$(cat FILE)` are none."""
    line = _PREFIX.sub(b"", line)
    if has_token(line):
        return TOKEN
    pairs = (pair for pattern in (_ASSIGNMENT, _ITEM, _FISH) for pair in pattern.findall(line))
    if any(has_secret(name + b"=" + value) for name, value in pairs):
        return VARIABLE
    for kind, pattern in _COMMANDS:
        if any(has_secret(b"PASSWORD=" + value) for value in pattern.findall(line)):
            return kind
    return ""
