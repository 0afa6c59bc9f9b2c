"""Reads labelled lists: a host, a port and a user, each behind or below its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = r"[^\W\d_][\w .*-]{0,30}"
_PAIR = re.compile(
    rf"(?P<name>{_LABEL}?)[\"'`*]{{0,3}}[ ]*(?P<sign>[:=|]|[ ]{{2}}|是|为)[ ]*[\"'`*]{{0,3}}"
    r"(?P<value>[^\s,;|&\"'`{}]+)"
)
# An address that nobody else can reach is not the box's.
_INLINE = re.compile(
    r"(?<!内网)(?<!私网)(?<!局域网)(?P<name>主机|地址|公网IP|IP|端口号?|用户名?|账号)[ ]+(?P<value>[^\s,;|]+)",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?P<name>端口)号?[ ]*(?P<value>\d{1,5})(?!\d)")
_SPOKEN = re.compile(
    r"\b(?:ip|host)[ ]+(?P<host>\S+?)[ ,]+port[ ]+(?P<port>\d{1,5})\b(?:[ ,]+user(?:name)?[ ]+(?P<user>[^\s,;]+))?",
    re.IGNORECASE,
)
# Of Python's libraries.
_CALL = re.compile(r"\b(?:connect|Connection)\([ ]*[\"'](?P<host>[^\"'\s]+)[\"']")
_EDGES = " \"'`*_-•·|,;{}[]()"


def read(text: str) -> dict[str, str]:
    """Return the first host, port and user that have a name in the text; those without one are left out."""
    values: dict[str, str] = {}
    lines = [line.strip(_EDGES) for line in text.split("\n")]
    lines = [line for line in lines if line]
    for line, after in zip(lines, [*lines, ""][1:], strict=True):
        alone = fields.kind(line.rstrip(":= "))
        if alone and after:
            values.setdefault(alone, _first_word(after))
        for name, value in _pairs(line):
            kind = fields.kind(name)
            # One platform calls its user so.
            if kind and (not fields.kind(value) or kind == value == "user"):
                values.setdefault(kind, _digits(value) if kind == "port" else value)
                values |= {"user": "root"} if fields.is_of_root(name) and "user" not in values else {}
    return values


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for pair in _PAIR.finditer(line):
        # Several may be on a line: `box ansible_host=... ansible_port=...`.
        name = pair["name"].split()[-1] if pair["sign"] == "=" else pair["name"]
        yield name, _first_word(pair["value"])
    if called := _CALL.search(line):
        yield "host", called["host"]
    if spoken := _SPOKEN.search(line):
        yield from ((name, value) for name, value in spoken.groupdict().items() if value)
    for pair in [*_INLINE.finditer(line), *_GLUED.finditer(line)]:
        yield pair["name"], _first_word(pair["value"])


def _digits(text: str) -> str:
    """Return the number that a port begins with: a path may be glued to it."""
    return re.match(r"\d*", text)[0] or text  # type: ignore[index]  # it matches nothing, too


def _first_word(text: str) -> str:
    return text.strip("\"'`()[]<>").split()[0].rstrip(",;") if text.strip("\"'`()[]<> ") else ""
