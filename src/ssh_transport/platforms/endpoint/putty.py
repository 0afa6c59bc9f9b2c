"""Reads the words of PuTTY's programs, whose options are words behind one dash."""

from __future__ import annotations

import re

from ssh_transport.platforms.address import unreadable

from .draft import Draft, Found, unroutable

PROGRAMS = ("plink", "putty", "pscp", "psftp", "kitty", "klink")
_NAMES = {"-P": "port", "-l": "user", "-i": "identityfile"}
_WITH_VALUE = {"-L", "-R", "-D", "-hostkey", "-m", "-logoverwrite", "-sshlog", "-sshrawlog", "-pw", "-pwfile", "-cert"}
_ROUTES = {"-load", "-proxycmd", "-nc"}


def read(program: str, words: list[str]) -> Found | None:
    """
    Return where it leads, `None` if it is no command but prose.

    :raises EndpointError: it can't be read, or a saved session leads the way.
    """
    draft = Draft()
    operands: list[str] = []
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word in _ROUTES:
            raise unroutable(word)
        if word in _NAMES:
            draft.named(_NAMES[word], left.pop() if left else "")
        elif word in _WITH_VALUE:
            left = left[:-1]
        elif not word.startswith("-"):
            operands.append(word)
    return _at_box(program, draft, operands, is_command=words != operands)


def _at_box(program: str, draft: Draft, operands: list[str], *, is_command: bool) -> Found | None:
    side = next(iter(operands), "")
    if program == "pscp":
        side = next((word for word in operands if re.match(r"[^\s/\\:]+@[^\s/\\:]+:", word)), "").partition(":")[0]
    if not is_command and "@" not in side:
        return None
    if not side:
        raise unreadable("no host is in it")
    draft.aim(side)
    if operands[1:2] and operands[1].isdigit() and not draft.port:
        draft.named("port", operands[1])
    return Found(endpoint=draft.endpoint(), told=tuple(draft.told))
