"""What copies that did not end well have left in a relay."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.text import count, one_line, size

from .in_use import unused
from .keys import keys_of
from .relay import named
from .store import Store

if TYPE_CHECKING:
    from invoke import Context

# Whatever has another name is not ours.
_OURS = re.compile(r"(([0-9a-f]{24})/[0-9a-f]{24})/\d{6,}-[0-9a-f]{64}|([0-9a-f]{32}\.canary)")
_AGE = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Left:
    """The parts of one copy; ``time`` is when the newest was stored, ``is_removed`` whether they are gone now."""

    copy: str
    parts: int
    bytes: int
    time: str
    is_removed: bool = False

    def __str__(self) -> str:
        removed = "removed " if self.is_removed else ""
        return f"{removed}{self.copy}: {count(self.parts, 'part')}, {size(self.bytes)}, {self.time}"


@dataclass(frozen=True)
class Remains:
    """
    What is left in a relay, by copy.

    :ivar relay: its name in the settings.
    :ivar copies: what copies that were stopped have left, or what was deleted of that.

    >>> Remains(relay="lab", copies=()).copies
    ()
    """

    relay: str
    copies: tuple[Left, ...]

    def __str__(self) -> str:
        if not self.copies:
            return f"{one_line(self.relay)}: no copy has left anything"
        return "\n".join(map(str, self.copies))


def remains(c: Context, name: str, *, clean: bool, older: str, within_s: float | None = None) -> Remains:
    """
    Return what copies have left in the relay of this name, without those that run now on this machine.

    :param clean: whether to delete that.
    :param older: to leave alone, and out, what is newer: ``90m``, ``12h``, ``1d``; empty for nothing.
    :param within_s: how long its answer may take; `None` for as long as a copy would wait.
    :raises UsageError: there is none of this name, it is not well described, or nothing opens it; or `older` is no age.
    """
    at_least = _age(older)
    relay = named(c, name)
    if relay.is_volume:
        # What was stored is the files themselves; and a list of all of them takes long.
        return Remains(relay.name, ())
    store = Store(relay, keys_of(relay), within_s=within_s)
    keys: dict[str, list[str]] = {}
    found: dict[str, list[tuple[int, dt.datetime]]] = {}
    for key, of in store.found().items():
        if ours := _OURS.fullmatch(key):
            copy = ours[1] or ours[3]
            keys.setdefault(copy, []).append(key)
            found.setdefault(copy, []).append(of)
    now = dt.datetime.now(dt.UTC)
    with unused(relay, {_family(copy) for copy in found}) as families:
        old = {
            copy: of
            for copy, of in found.items()
            if now - max(time for _, time in of) >= at_least and _family(copy) in families
        }
        for copy in old if clean else ():
            store.delete(sorted(keys[copy]))
    left = [
        Left(copy, len(of), sum(length for length, _ in of), _at(max(time for _, time in of)), is_removed=clean)
        for copy, of in sorted(old.items())
    ]
    return Remains(relay.name, tuple(left))


def _family(copy: str) -> str:
    return copy.partition("/")[0]


def _at(time: dt.datetime) -> str:
    return time.isoformat(timespec="seconds")


def _age(text: str) -> dt.timedelta:
    if not text:
        return dt.timedelta()
    found = _AGE.fullmatch(text)
    if not found:
        raise UsageError(f"`{one_line(text)}` is no age", hint="a number with s, m, h or d: --older=1d")
    return dt.timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
