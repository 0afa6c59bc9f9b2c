"""Reads blocks of `ssh_config(5)`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from .draft import Draft, Found

_LINE = re.compile(r"[ ]*(?P<key>[A-Za-z]+)(?:[ ]*=[ ]*|[ ]+)(?P<value>\S[^\n]*)")
_OPTIONS = (
    "hostname port user identityfile proxyjump proxycommand proxyusefdpass hostkeyalias identitiesonly "
    "bindaddress bindinterface addressfamily certificatefile stricthostkeychecking userknownhostsfile "
    "globalknownhostsfile"
)
_KEYS = frozenset(_OPTIONS.split())
_MOST = 100
_PATTERN = frozenset("*?!")


def read(text: str) -> list[Found]:
    """
    Return where the blocks lead, in order; what the blocks of patterns say of a name counts for it.

    :raises EndpointError: an option is not valid, or leads a way that an alias can't.
    """
    blocks = _blocks(text)
    names = [name for patterns, pairs in blocks for name in patterns[:1] if _is_box(name, pairs)]
    return [_read(name, blocks) for name in names[:_MOST]]


def _is_box(name: str, pairs: list[tuple[str, str]]) -> bool:
    """Whether a block is for one box, and no prose that begins with "Host"."""
    says_where = any(key == "hostname" or (key == "port" and value.isdigit()) for key, value in pairs)
    return not set(name) & _PATTERN and (says_where or (bool(pairs) and "." in name))


def _blocks(text: str) -> list[tuple[list[str], list[tuple[str, str]]]]:
    """Return the patterns of each block with its options; those of a `Match` block are for no name."""
    blocks: list[tuple[list[str], list[tuple[str, str]]]] = []
    for line in text.split("\n"):
        match = _LINE.fullmatch(line.rstrip())
        if not match:
            continue
        key, value = match["key"].lower(), match["value"].strip()
        if key in {"host", "match"}:
            blocks.append(([word.strip("\"'") for word in value.split()] if key == "host" else [], []))
        elif blocks and key in _KEYS:
            blocks[-1][1].append((key, value))
    return blocks


def _read(name: str, blocks: list[tuple[list[str], list[tuple[str, str]]]]) -> Found:
    draft = Draft()
    for patterns, pairs in blocks:
        if not _match(name, patterns):
            continue
        for key, value in pairs:
            draft.named(key, value if key == "proxycommand" else value.strip("\"'"))
    draft.aim(draft.real_host.replace("%h", name) or name)
    return Found(endpoint=draft.endpoint(), told=tuple(draft.told))


def _match(name: str, patterns: list[str]) -> bool:
    """Whether a `Host` line is for a name: one of its patterns is, and none with a `!` in front."""
    if any(fnmatchcase(name, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(fnmatchcase(name, pattern) for pattern in patterns)
