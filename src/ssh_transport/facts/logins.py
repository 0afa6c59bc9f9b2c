"""The keys that may log in to a box, with their fingerprints, their owners, and the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.terminal import table
from ssh_transport.text import count

from .authorized_entries import authorized_files, entries_of
from .own_keys import own_keys

if TYPE_CHECKING:
    from ssh_transport.box import Box

_FROM_ELSEWHERE = "the key of this login is none of them: sshd takes keys from elsewhere too, or certificates"
_HEADINGS = ("fingerprint", "type", "comment", "whose", "options")


@dataclass(frozen=True)
class AuthorizedKey:
    """
    One key that may log in.

    ``own`` is where the user has it (a file here, the agent), empty if it is not the user's. ``in_use``: it is the key
    of the current login.
    """

    fingerprint: str
    type: str
    comment: str
    options: str
    file: str
    line: int
    is_authority: bool
    in_use: bool
    own: str

    @property
    def whose(self) -> str:
        """The owner as text: ``yours, in use now``, ``yours`` or ``unknown``."""
        return "yours, in use now" if self.in_use else "yours" if self.own else "unknown"


@dataclass(frozen=True)
class AuthorizedKeys:
    """
    The keys that may log in, in the order of the file.

    :ivar keys: each with its fingerprint, comment and options.
    :ivar from_elsewhere: whether the key of this login is none of them.

    >>> [key.in_use for key in keys.list_(c, on="proj-1").keys]
    [True]
    """

    keys: tuple[AuthorizedKey, ...]
    from_elsewhere: bool = False

    def __str__(self) -> str:
        rows = [(key.fingerprint, key.type, key.comment, key.whose, key.options) for key in self.keys]
        counted = f"{count(len(self.keys), 'key')} may log in"
        text = f"{counted}\n{table.text(_HEADINGS, rows)}" if rows else counted
        return f"{text}\n{_FROM_ELSEWHERE}" if self.from_elsewhere else text


def authorized(box: Box) -> AuthorizedKeys:
    """
    Read who may log in to a box; without the file nobody may.

    :raises BoxError: the file can't be read.
    """
    _, heads = authorized_files(box)
    own, used = own_keys(box), box.carrier.key_used
    keys = [
        AuthorizedKey(
            fingerprint=entry.fingerprint,
            type=entry.type,
            comment=entry.comment,
            options=entry.shown_options,
            file=f"~/{entry.file}",
            line=entry.number,
            is_authority=entry.is_authority,
            in_use=entry.fingerprint == used and not entry.is_authority,
            own=own.get(entry.fingerprint, ""),
        )
        for head in heads
        for entry in entries_of(head)
    ]
    return AuthorizedKeys(tuple(keys), from_elsewhere=bool(used) and not any(key.in_use for key in keys))
