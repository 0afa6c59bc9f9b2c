"""What copies from a box, or from this machine, have left in the relays of the settings."""

from __future__ import annotations

import shlex
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.bucket.filed import owner
from ssh_transport.bucket.keys import take_from_environment
from ssh_transport.bucket.relay import names
from ssh_transport.bucket.remains import Left, remains
from ssh_transport.errors import TaskError
from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke import Context

    from ssh_transport.box import Box

# It is no more than a reminder, and the way to a relay may be cut.
_WITHIN_S = 10


@dataclass(frozen=True)
class InRelay:
    """
    What is left in one relay.

    :ivar relay: its name in the settings.
    :ivar copies: what copies that were stopped have left, whose source is the box or this machine.
    :ivar fault: why it was not looked at; empty if it was.
    """

    relay: str
    copies: tuple[Left, ...] = ()
    fault: str = ""

    def __str__(self) -> str:
        name = one_line(self.relay)
        if self.fault:
            return f"{name} was not looked at: {self.fault}"
        if not self.copies:
            return f"nothing in {name}"
        parts, total_bytes = sum(one.parts for one in self.copies), sum(one.bytes for one in self.copies)
        whose = "of copies from here or from this box that were stopped"
        delete = f"ssh-transport transfer.relay {shlex.quote(name)} --clean"
        return f"{count(parts, 'part')} in {name}, {size(total_bytes)}, {whose}; to delete them: {delete}"


class Relays:
    """The relays of the settings; each is asked once, however many boxes are left by however many threads."""

    def __init__(self, c: Context) -> None:
        self._c = c
        self._lock = threading.Lock()
        self._found: Sequence[InRelay] | None = None
        self._names = names(c)
        if self._names:
            take_from_environment()

    def left_by(self, box: Box) -> tuple[InRelay, ...]:
        """Return what copies from a box, or from this machine, have left in each; nothing is asked if there is none."""
        with self._lock:
            if self._found is None:
                self._found = [self._asked(name) for name in self._names]
        owners = (owner(""), owner(box.carrier.host_key.fingerprint))
        return tuple(
            InRelay(one.relay, tuple(left for left in one.copies if left.copy.startswith(owners)), one.fault)
            for one in self._found
        )

    def _asked(self, name: str) -> InRelay:
        try:
            return InRelay(name, remains(self._c, name, clean=False, older="", within_s=_WITHIN_S).copies)
        except TaskError as error:
            return InRelay(name, fault=one_line(": ".join(filter(None, (error.what, error.cause)))))
