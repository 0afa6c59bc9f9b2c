"""The program: what goes in and out, its signals, its end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from .terminal import LAST_S, LOST, Terminal
from .ways import LAST_FRAME, Broken, Refused, way

if TYPE_CHECKING:
    from .ways import Clean, Text

# For each piece that is sent a program is started there.
_CHUNK_BYTES = 1 << 20
# So long may the rest of a token be on its way. What is held back meanwhile, somebody may be waiting for.
_HELD_S = 0.05


def main() -> int:
    """Run `WAY ssh WORDS... COMMAND`, and end as the command does."""
    name, *words, command = sys.argv[1:]
    chosen = way(name)
    ends = _Ends()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, ends)
    terminal = Terminal(words)
    ends.begun(terminal)
    try:
        behind = terminal.becomes_plain()
        first = b"".join(_line(text) for text in (chosen.program, command))
        threading.Thread(target=_feed, args=(terminal, chosen, first), daemon=True).start()
        _hear(terminal, chosen, behind)
    except Refused as exc:
        os.write(2, f"{exc}\n".encode(errors="surrogateescape"))
    except Broken:
        # So that it says why.
        terminal.end(LAST_S)
    except OSError:
        # Nobody listens.
        pass
    terminal.end()
    if chosen.ended is None:
        return LOST
    with contextlib.suppress(OSError):
        os.write(2, chosen.ended.stderr)
    return chosen.ended.code


class _Ends:
    """What a signal does: end what was begun; as long as that is not known, it is ended once it is."""

    def __init__(self) -> None:
        self._terminal: Terminal | None = None
        self._is_due = False

    def begun(self, terminal: Terminal) -> None:
        self._terminal = terminal
        if self._is_due:
            self()

    def __call__(self, *_: object) -> None:
        self._is_due = True
        if self._terminal:
            self._terminal.end()
            os._exit(LOST)


def _feed(terminal: Terminal, chosen: Clean | Text, first: bytes) -> None:
    # The command may have ended, and `ssh` too.
    with contextlib.suppress(OSError):
        terminal.write(first)
        while data := os.read(0, _CHUNK_BYTES):
            terminal.write(chosen.frame(data))
        terminal.write(LAST_FRAME)


def _hear(terminal: Terminal, chosen: Clean | Text, chunk: bytes | None) -> None:
    """Pass on what the command says, until it has ended."""
    while chosen.ended is None:
        view = memoryview(chosen.let_go() if chunk is None else chosen.take(chunk))
        while view:
            view = view[os.write(1, view) :]
        if chosen.ended is None:
            chunk = terminal.comes(_HELD_S if chosen.is_holding else None)
            if chunk == b"":
                raise Broken


def _line(text: str) -> bytes:
    """As `box/script.py` writes a line."""
    return b"#" + os.fsencode(text).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
