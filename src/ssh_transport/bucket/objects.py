"""The parts of one copy in the bucket: which are there, under which names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

from . import seal
from .worker.aes import TAG_BYTES, part_key

if TYPE_CHECKING:
    from .store import Store

# Enough for a part over a modem: a part is signed for when it is about to move.
_VALID_S = 3600


class Objects:
    """
    The parts of one copy; several threads may use it.

    :param key: of the copy, as `seal.copy_key` makes it; empty where nothing is sealed.
    """

    def __init__(self, store: Store, copy: str, key: bytes) -> None:
        self._store = store
        self._copy = copy
        self.key = key
        self._there = store.sizes(f"{copy}/")
        self._lock = threading.Lock()
        self._storing: dict[str, threading.Lock] = {}

    def remove(self) -> None:
        """Delete all that is there, of any version."""
        self._store.delete(sorted(self._store.sizes(f"{self._copy}/")))

    def count(self) -> int:
        """Return how many objects are there."""
        return len(self._there)

    def stored_bytes(self, plain_bytes: int) -> int:
        """Return how long a part is in the bucket."""
        return plain_bytes + (TAG_BYTES if self.key else 0)

    def part_key(self, number: int, plain: str) -> bytes:
        """Return the key of a part; empty where nothing is sealed."""
        return part_key(self.key, number, plain) if self.key else b""

    def sealed(self, number: int, plain: str, data: bytes) -> bytes:
        """Return a part as it is stored."""
        return seal.sealed(self.part_key(number, plain), number, data) if self.key else data

    def opened(self, number: int, plain: str, stored: bytes) -> bytes:
        """Return a part as it was; a `ValueError` if it is none."""
        return seal.opened(self.part_key(number, plain), number, stored) if self.key else stored

    def has(self, number: int, sha: str, length: int) -> bool:
        """Whether a part seems to be there; its hash tells when it is fetched."""
        return self._there.get(self._name(number, sha)) == length

    def put(self, number: int, sha: str, data: bytes) -> bool:
        """Store a part, unless it seems to be there or another thread just does; return whether that was done."""
        name = self._name(number, sha)
        with self._lock:
            storing = self._storing.setdefault(name, threading.Lock())
        with storing:
            if self.has(number, sha, len(data)):
                return False
            self._store.put(name, data)
            self.note(number, sha, len(data))
        return True

    def note(self, number: int, sha: str, length: int) -> None:
        """Note that a part was stored."""
        with self._lock:
            self._there[self._name(number, sha)] = length

    def forget(self, number: int, sha: str) -> None:
        """Note that what is there is not the part."""
        self._there.pop(self._name(number, sha), None)

    def address(self, method: Literal["GET", "PUT"], number: int, sha: str) -> str:
        """Return an address for a part, with which anyone may do that one thing for a while."""
        return self._store.signed(method, [self._name(number, sha)], valid_s=_VALID_S)[0]

    def _name(self, number: int, sha: str) -> str:
        return f"{self._copy}/{number:06}-{sha}"
