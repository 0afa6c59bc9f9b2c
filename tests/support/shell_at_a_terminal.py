"""A real shell at a pseudo-terminal, in which a person types and presses Tab."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING, Self

from .fish import has_read_manuals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEADLINE_S = 60
STARTS = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}
# Goes to the beginning of the line, in all three.
_HOME = "\x01"


class Shell:
    """One that has read its start-up files."""

    def __init__(self, name: str, home: Path, environment: Mapping[str, str]) -> None:
        self._said = ""
        has_read_manuals(home)
        self._pid, self._terminal = pty.fork()
        if not self._pid:
            os.chdir(home)
            surroundings = {**environment, "TERM": "xterm", "PS1": "> ", "INPUTRC": "/dev/null"}
            os.execvpe(name, STARTS[name], surroundings)  # noqa: S606 - it is a shell
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._types("printf 'r%s\\n' eady\r")
        self._until(r"ready\r?\n")

    def words_after_tab(self, typed: str) -> list[str]:
        """Type the beginning of a line, press Tab, and return the words of the line that come of it."""
        self._types(f"{typed}\t done{_HOME}printf '<%s>\\n' ready \r")
        match = self._until(r"<ready>\r?\n((?:.*\n)*?)<done>\r?\n")
        return re.findall(r"<(.*)>", match[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def _types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _until(self, pattern: str) -> re.Match[str]:
        """Return what was said up to here, and forget it."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not (match := re.search(pattern, self._said)):
            assert time.monotonic() < deadline_s, self._said
            if select.select([self._terminal], [], [], 1)[0]:
                self._said += os.read(self._terminal, 65536).decode("utf-8", "replace")
        self._said = self._said[match.end() :]
        return match
