"""Which code was sent: the commit, what differed from it, and the hash of all; and its form in files on the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ssh_transport import typed
from ssh_transport.errors import Incomplete
from ssh_transport.git.checkout import described, dirt_in_words
from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    import builtins

    from ssh_transport.git.checkout import Checkout

    from .listing import Listing

_MOST_DIRT = 1_000
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Code:
    """
    What a push of a checkout has sent.

    ``commit`` and ``branch`` are empty where git has none. ``dirt`` is what differed from the commit, as ``git status
    --short`` has it, at most 1,000 of it; ``differing`` counts all. ``sha256`` is the same for the same names, modes
    and content, dirt included. ``is_whole`` is false while a push is under way, and after one that was cut off.
    """

    commit: str
    branch: str
    dirty: bool
    dirt: tuple[str, ...]
    differing: int
    files: int
    bytes: int
    sha256: str
    is_whole: bool = True

    @classmethod
    def of(cls, found: Checkout, listing: Listing) -> Code:
        """Return it for what is about to be sent."""
        return cls(
            commit=found.commit,
            branch=one_line(found.branch),
            dirty=bool(found.dirt) or not found.commit,
            dirt=tuple(map(one_line, found.dirt[:_MOST_DIRT])),
            differing=len(found.dirt),
            files=len(listing.lines),
            bytes=listing.bytes,
            sha256=listing.digest,
        )

    @property
    def described(self) -> str:
        """The commit as ``git describe --always --dirty`` says it."""
        return described(one_line(self.commit), is_dirty=self.dirty)

    def packed(self) -> builtins.bytes:
        """Return the file for people and programs on the box."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    def __str__(self) -> str:
        branch = f" of {one_line(self.branch)}" if self.branch else ""
        dirt = f" ({dirt_in_words(self.dirt)})" if self.differing == len(self.dirt) and self.dirt else ""
        what = f"{count(self.files, 'file')}, {size(self.bytes)}"
        return f"code: {self.described}{branch}{dirt}; {what}, sha256 {one_line(self.sha256)[:_SHORT]}"


def code_in(data: bytes, who: str) -> Code:
    """
    Return what a box has kept, which may be anything.

    :raises Incomplete: it is nothing of the kind.
    """
    try:
        return typed.read(data, Code)
    except ValueError as exc:
        raise Incomplete(f"what is said of the code on {who} can't be read", cause=str(exc), hint="push again") from exc
