"""The parts of one copy in the bucket: which are there, under which names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import seal
from .worker.aes import part_key, password

if TYPE_CHECKING:
    from .store import Store

# Enough for a part over a modem: a part is signed for when it is about to move.
_VALID_S = 3600


@dataclass(frozen=True, eq=False)
class Stored:
    """A part in the bucket: the hash and length of the object, and the hash of what is in it."""

    number: int
    sha: str
    length: int
    plain: str


class Objects:
    """
    The parts of one copy; several threads may use it.

    :ivar place: what their keys begin with.
    :param key: of the copy, as `seal.copy_key` makes it; empty where nothing is sealed.
    """

    def __init__(self, store: Store, place: str, key: bytes) -> None:
        self._store = store
        self.place = place
        self.key = key
        self._there = store.sizes(f"{place}/")

    def count(self) -> int:
        """Return how many objects are there."""
        return len(self._there)

    def password(self, number: int, plain: str) -> str:
        """Return what the key of a part is made from; empty where nothing is sealed."""
        return password(self.key, number, plain) if self.key else ""

    def sealed(self, number: int, plain: str, data: bytes) -> bytes:
        """Return a part as it is stored."""
        return seal.sealed(part_key(self.password(number, plain)), number, data) if self.key else data

    def opened(self, stored: Stored, data: bytes | bytearray, plain_bytes: int) -> bytes | bytearray:
        """Return a part as it was; a `ValueError` if it is none."""
        if not self.key:
            return data
        opens = seal.opened if len(data) > plain_bytes else seal.streamed
        return opens(part_key(self.password(stored.number, stored.plain)), stored.number, data)

    def has(self, stored: Stored) -> bool:
        """Whether a part seems to be there; its hash tells when it is fetched."""
        return self._there.get(self._name(stored)) == stored.length

    def put(self, stored: Stored, data: bytes) -> None:
        """Store a part."""
        self._store.put(self._name(stored), data)
        self.note(stored)

    def note(self, stored: Stored) -> None:
        """Note that a part was stored."""
        self._there[self._name(stored)] = stored.length

    def forget(self, stored: Stored) -> None:
        """Note that what is there is not the part."""
        self._there.pop(self._name(stored), None)

    def address(self, method: Literal["GET", "PUT"], stored: Stored) -> str:
        """Return an address for a part, with which anyone may do that one thing for a while."""
        return self._store.signed(method, [self._name(stored)], valid_s=_VALID_S)[0]

    def _name(self, stored: Stored) -> str:
        return f"{self.place}/{stored.number:06}-{stored.sha}"
