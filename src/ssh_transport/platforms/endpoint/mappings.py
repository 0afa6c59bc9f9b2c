"""Reads port mappings, ``203.0.113.7:20544 -> 22/tcp``: the lists of ports of consoles."""

from __future__ import annotations

import re
from dataclasses import replace

from .draft import Found, at

_TARGET = r"(?P<target>\[[^\]\s]{1,60}\]:\d{1,5}|[\w.-]{1,255}:\d{1,5})"
_FORWARD = re.compile(rf"{_TARGET}[ ]*[-=]>[ ]*:?22(?:/tcp)?(?![\d/])")
_BACKWARD = re.compile(rf"(?<![\d:.])22(?:/tcp)?[ ]*[-=]>[ ]*{_TARGET}")
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
    return [Found(endpoint=replace(one, user="root")) for one in found if one.host != _EVERY_ADDRESS]
