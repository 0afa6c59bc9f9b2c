"""Reads port mappings, ``203.0.113.7:20544 -> 22/tcp``: the lists of ports of consoles."""

from __future__ import annotations

import re
from dataclasses import replace

from .draft import Found, at

_TARGET = r"(?P<target>\[[^\]\s]{1,60}\]:\d{1,5}|[\w.-]{1,255}:\d{1,5})"
_FORWARD = re.compile(rf"{_TARGET}[ ]*[-=]>[ ]*:?22(?:/tcp)?(?![\d/])")
_BACKWARD = re.compile(rf"(?<![\d:.])22(?:/tcp)?[ ]*[-=]>[ ]*{_TARGET}")
# Where the host stands elsewhere: an arrow, or a table of inner and outer ports.
_PORT = re.compile(r"(?<![\d:.])22(?:/tcp)?[ ]*[-=]>[ ]*(?P<port>\d{2,5})(?![\d.:])")
_HEAD = re.compile(
    r"(?i)(?:internal|inner|container|private|内部|内网|容器).*(?:external|outer|host|public|外部|外网|映射|主机)"
)
_ROW = re.compile(r"[ |]*22(?:/tcp)?[ |]+(?P<port>\d{2,5})(?!\d)")
# A tunnel prints the address that it listens on as a URL.
_TUNNEL = re.compile(
    r"\btcp://(?P<target>[\w.-]{1,255}:\d{1,5})(?=[ ]*(?:[-=]>[ ]*(?:tcp://)?(?:localhost|127\.0\.0\.1):22(?!\d)|$))"
)
_ANY = re.compile(r"[-=]>[ ]*:?\d")
# Docker's own lists are of the machine that it runs on.
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104


def is_mapping(line: str) -> bool:
    """Whether a line maps any port."""
    return bool(_ANY.search(line))


def read(lines: list[str]) -> list[Found]:
    """
    Return the endpoints of the lines that map a port to 22.

    :raises EndpointError: one can't be read.
    """
    matches = [pattern.search(line) for line in lines for pattern in (_FORWARD, _BACKWARD)]
    found = [at(match["target"]) for match in matches if match]
    # The consoles that print mappings, RunPod's and Vast's, log in as root.
    tunnels = [at(match["target"]) for line in lines if (match := _TUNNEL.search(line.rstrip()))]
    mapped = [Found(endpoint=replace(one, user="root")) for one in found if one.host != _EVERY_ADDRESS]
    return mapped or [Found(endpoint=one) for one in tunnels]


def port(lines: list[str]) -> str:
    """Return the port that leads to 22 on a host that is named elsewhere, or nothing."""
    is_table = False
    for line in lines:
        if match := _PORT.search(line) or (is_table and _ROW.match(line)):
            return match["port"]
        is_table = is_table or bool(_HEAD.search(line))
    return ""
