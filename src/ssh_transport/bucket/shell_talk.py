"""Speaks with `shell_program` as with `worker`: what is told becomes commands, and what it says what that would say."""

from __future__ import annotations

import shlex
import string
import time
from typing import TYPE_CHECKING, Any

from .said import Said
from .worker.aes import password

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PLAIN = frozenset((string.ascii_letters + string.digits + "._/-").encode())
_NO_NAMES = frozenset({"", ".", ".."})
_LATEST_S = 7_000_000_000
_Look = tuple[int, int] | None


class ShellTalk:
    """
    One order for the program.

    Several threads may tell it something, and one hears it: they share what is written before it is read.
    """

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._order = order
        self._is_sender = order["does"] == "send"
        self._key = bytes.fromhex(order["key"]) if self._is_sender else b""
        self._slices: dict[int, Sequence[Sequence[int]]] = {}
        self._plain: dict[int, str] = {}
        self._first: list[_Look] | None = None
        self._looks: dict[int, _Look] = {}

    def begin(self) -> list[str]:
        """Return the commands that come first."""
        root = _word(self._order["root"])
        if not self._is_sender:
            return [f"receive {root} {' '.join(map(shlex.quote, self._order['place']))}"]
        return [f"send {root} {int(self._order['copy_links'])}", *self._look()]

    def tell(self, what: Mapping[str, Any]) -> list[str]:
        """Return the commands for what is told."""
        if "end" in what:
            return self._look() if self._is_sender else self._end(frozenset(what["end"]))
        number = what["part"]
        if "slices" in what:
            self._slices[number] = what["slices"]
        if self._is_sender:
            if "slices" in what:
                return [f"plain {number} {_numbers(what['slices'])}"]
            return [f"upload {number} {shlex.quote(what['url'])}" if what["url"] else f"forget {number}"]
        length = sum(length for *_, length in what["slices"])
        secret, url = what["key"] or "-", shlex.quote(what["url"])
        return [f"part {number} {what['length']} {what['sha']} {secret} {what['plain']} {length} {url}"]

    def hear(self, said: Said) -> tuple[Said | None, list[str]]:
        """Return what `worker` would say, if anything, and what commands follow."""
        if said.file is not None:
            self._looks[said.file] = said.look
            return self._seen(), []
        if self._is_sender and said.part in self._slices:
            if not said.bad and said.bytes is None and not said.length:
                self._plain[said.part] = said.plain
                secret = password(self._key, said.part, said.plain) if self._key else "-"
                return None, [f"seal {said.part} {secret} {_numbers(self._slices[said.part])}"]
            if said.length:
                said.plain = self._plain[said.part]
        return said, []

    def _look(self) -> list[str]:
        self._looks = {}
        if not self._order["files"]:
            return []
        return [f"look {number} {_word(name)}" for number, name in enumerate(self._order["files"])]

    def _seen(self) -> Said | None:
        """Return all that was looked at, once it is all: the first time what there is, later what has changed."""
        if len(self._looks) < len(self._order["files"]):
            return None
        found = [self._looks.get(number) for number in range(len(self._order["files"]))]
        if self._first is None:
            self._first = found
            return Said(files=[look and (look[0], look[1] * 10**9) for look in found])
        pairs = enumerate(zip(self._first, found, strict=True))
        return Said(changed=[number for number, (first, now) in pairs if first != now])

    def _end(self, without: frozenset[int]) -> list[str]:
        """Return how the files are put together out of parts, which go as soon as nothing of them is left."""
        pieces: dict[int, list[str]] = {}
        last: dict[int, int] = {}
        for part in sorted(self._slices):
            at = 0
            for number, _, length in self._slices[part]:
                pieces.setdefault(number, []).append(f"piece {part} {at} {length}")
                at += length
                if number not in without:
                    last[part] = number
        drops: dict[int, list[str]] = {}
        for part, number in last.items():
            drops.setdefault(number, []).append(f"drop {part}")
        lines = []
        for number, (name, size, mtime_ns) in enumerate(self._order["files"]):
            if number not in without and number in pieces and _NO_NAMES.isdisjoint(name.split("/")):
                lines += [
                    f"begin {number}",
                    *pieces[number],
                    f"publish {number} {size} {_time(mtime_ns)} {_word(name)}",
                ]
                lines += drops.get(number, [])
        return [*lines, "finish"]


def _word(name: str) -> str:
    """Return a name, which has a character for each byte, as ``printf %b`` takes it, in quotes."""
    made = "".join(chr(byte) if byte in _PLAIN else f"\\0{byte:03o}" for byte in name.encode("latin-1"))
    return f"'{made}'"


def _numbers(slices: Iterable[Sequence[int]]) -> str:
    return " ".join(str(number) for one in slices for number in one)


def _time(mtime_ns: int) -> str:
    """Return a time as ``touch -t`` takes it, in UTC."""
    return time.strftime("%Y%m%d%H%M.%S", time.gmtime(min(_LATEST_S, max(0, mtime_ns // 10**9))))
