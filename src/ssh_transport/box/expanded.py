"""A pattern of boxes that a shell took for one name: a pull makes `./proj-1`, and then an unquoted `proj-*` is that."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.terminal.report import say, shows_progress
from ssh_transport.text import count

if TYPE_CHECKING:
    from collections.abc import Collection


def warn(words: str, aliases: Collection[str]) -> None:
    """
    Say to a person at a terminal, once in a directory, that one name may have been several boxes.

    Which of both was typed only the shell knows.
    """
    numbered = re.fullmatch(r"(?P<stem>.+-)\d+", words)
    if numbered is None or not shows_progress() or words not in aliases or not os.path.lexists(words):
        return
    pattern = re.compile(rf"{re.escape(numbered['stem'])}\d+")
    alike = [alias for alias in aliases if pattern.fullmatch(alias)]
    if len(alike) == 1 or sum(map(os.path.lexists, alike)) > 1:
        return
    told = sha256(f"{Path.cwd()}\0{numbered['stem']}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    if files.create(files.private_directory() / f"{told}.told", b"", mode=0o600):
        every = f"{numbered['stem']}*"
        here = f"as ./{words} is here, a shell takes an unquoted {every} for it"
        say(f"on {words} alone; {here}. All {count(len(alike), 'box')}: -H '{every}'")
