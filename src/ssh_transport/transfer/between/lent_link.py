"""
The striped link (docs/striped_link.md) lent to a box, for as long as its rsync sends to another.

Its sources and its order go there over standard input, into the directory that `hop` makes and takes away again.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from ssh_transport import typed
from ssh_transport.errors import symptoms
from ssh_transport.link import stripe
from ssh_transport.link.streams import LARGE_SHARE, MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.link.streams import Streams

# Reads its part of standard input and no byte more: that stays open behind it. Runs on a box's Python 3.8.
UNPACK = """
import json, os, sys, zlib
place, size = sys.argv[1], int(sys.argv[2])
data = b""
while len(data) < size:
    part = os.read(0, size - len(data))
    if not part:
        sys.exit("standard input ended")
    data += part
order, sources = json.loads(zlib.decompress(data).decode())
order["ssh"] += ["-o", "UserKnownHostsFile=" + place + "/known_hosts"]
try:
    os.mkdir(place + "/stripe")
    for name, text in sources.items():
        with open(place + "/stripe/" + name, "w", encoding="ascii") as file:
            file.write(text)
except OSError as exc:
    sys.exit(str(exc))
print(json.dumps(order))
"""
# Numbers of descriptors that rsync leaves to its remote shell: our standard input's other end, standard error.
LIFELINE = 3
_STATUS = 2
_SAID = re.compile(rb'\{"heals": .*\}')
_LONGEST_BYTES = 1 << 16
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


@dataclass(frozen=True)
class LentLink:
    """
    How the link goes from the first box to the second.

    :ivar python: the first box's.
    :ivar far_python: the second's.
    :ivar grace_s: how long rsync on the second outlives the last connection.
    :ivar limit_bytes: what is under way at most.
    """

    streams: Streams
    python: str
    far_python: str
    grace_s: float
    limit_bytes: int

    def packed(self, ssh: Sequence[str]) -> bytes:
        """
        Return what `UNPACK` reads.

        :param ssh: the call on the first box, which knows its own file of known hosts.
        """
        order: dict[str, Any] = {"ssh": list(ssh), "lifeline": LIFELINE, "status": _STATUS, "python": self.far_python}
        order |= {"streams": self.streams.first, "most": self.streams.most}
        order |= {"grace_s": self.grace_s, "limit_bytes": self.limit_bytes}
        order |= {"outgoing_share": LARGE_SHARE, "for_good": symptoms.for_good()}
        here = Path(stripe.__file__).parent
        sources = {path.name: path.read_text(encoding="ascii") for path in sorted(here.glob("*.py"))}
        return zlib.compress(json.dumps([order, sources]).encode())


class Lane(msgspec.Struct):
    """What is known of a connection."""

    number: _Count
    sent_bytes: _Count
    received_bytes: _Count
    round_trip_s: Annotated[float, msgspec.Meta(ge=0, le=1e6)]


class Status(msgspec.Struct):
    """What the link says of itself now and then: the connections that are up, and how many were replaced so far."""

    heals: _Count = 0
    lanes: Annotated[list[Lane], msgspec.Meta(max_length=MOST)] = []


class StatusReader:
    """
    Tells what the link says of itself from everything else on standard error.

    :ivar status: the last that was said.
    """

    def __init__(self) -> None:
        self.status = Status()
        self._rest = b""

    def words(self, chunk: bytes) -> bytes:
        """Return what is for a person of the lines that are whole with this chunk; with an empty one, of the last."""
        self._rest += chunk
        if chunk and len(self._rest) < _LONGEST_BYTES:
            whole, newline, self._rest = self._rest.rpartition(b"\n")
        else:
            whole, newline, self._rest = self._rest, b"", b""
        kept = [line for line in map(self._without_status, whole.split(b"\n")) if line is not None]
        return b"\n".join(kept) + newline if kept else b""

    def _without_status(self, line: bytes) -> bytes | None:
        """Return the line, or what stands before the status in it, or `None` for nothing else."""
        said = _SAID.search(line)
        if not said:
            return line
        try:
            self.status = typed.read(said[0], Status)
        except ValueError:
            return line
        return line[: said.start()] + line[said.end() :] or None
