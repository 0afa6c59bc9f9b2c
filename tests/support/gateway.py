"""
A gateway between two terminals that changes what goes through it: `gateway.py EATS STRIPS DOUBLES ECHOES`, by path.

`EATS` and `DOUBLES` are bytes in hex, `STRIPS` is 1 where the eighth bit gets lost, `ECHOES` where all that is typed is
shown. At the inner terminal is a shell.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import sys
import tty
from dataclasses import dataclass

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Gateway:
    """What it does to bytes, in both directions."""

    eats: bytes
    strips: bool
    doubles: bytes
    echoes: bool

    def mangled(self, data: bytes) -> bytes:
        """Return what is left of some of them."""
        data = bytes((byte & 0x7F) if self.strips else byte for byte in data if byte not in self.eats)
        for byte in self.doubles:
            data = data.replace(bytes([byte]), bytes([byte, byte]))
        return data

    def carry(self, inner: int) -> None:
        """Carry until either end is gone."""
        waiting = {1: b"", inner: b""}
        ways = {0: inner, inner: 1}
        for fd in waiting:
            os.set_blocking(fd, False)
        while True:
            # Who is behind gets no more until it has taken what there is.
            sources = [source for source, sink in ways.items() if not waiting[sink]]
            readable, writable, _ = select.select(sources, [fd for fd in waiting if waiting[fd]], [])
            for source in readable:
                if not (data := os.read(source, _CHUNK_BYTES)):
                    return
                waiting[ways[source]] += self.mangled(data)
                if self.echoes and source == 0:
                    waiting[1] += data
            for sink in writable:
                with contextlib.suppress(BlockingIOError):
                    waiting[sink] = waiting[sink][os.write(sink, waiting[sink]) :]


def main() -> None:
    """Start the shell, and carry."""
    eats, strips, doubles, echoes = sys.argv[1:]
    child, inner = pty.fork()
    if not child:
        os.execvp("sh", ["sh", "-i"])  # noqa: S606 - there is none yet
    tty.setraw(0)
    # What a terminal ends with that nobody has open any more.
    with contextlib.suppress(OSError):
        Gateway(bytes.fromhex(eats), strips == "1", bytes.fromhex(doubles), echoes == "1").carry(inner)


if __name__ == "__main__":
    main()
