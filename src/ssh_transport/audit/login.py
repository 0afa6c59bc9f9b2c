"""Who may log in to a box, and with what it may log in elsewhere."""

from __future__ import annotations

import re
import shlex
import stat
from typing import TYPE_CHECKING

from ssh_transport.facts.authorized_entries import FILES, entries_of
from ssh_transport.text import count
from ssh_transport.transfer.guard.private_keys import kind_of

from .finding import Finding, typed
from .looked import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.facts.authorized_entries import Entry
    from ssh_transport.facts.heads import Head

    from .looked import Looked

_WRITABLE = 0o022
_PUBLIC = re.compile(r".*\.pub|(?:known_hosts|authorized_keys|config).*")
_UNCHECKED = re.compile(
    rb"^[ \t]*StrictHostKeyChecking(?:[ \t]*=[ \t]*|[ \t]+)\"?(?:no|off)\b", re.IGNORECASE | re.MULTILINE
)
_DAY_S = 86_400


def examine(looked: Looked) -> Iterator[Finding]:
    """Yield what is wrong with `~/.ssh` and with private keys wherever they were found."""
    ssh = {place_of(head): head for head in looked.files.of("ssh")}
    for head in ssh.values():
        yield from _modes(looked, head)
    for head in (*ssh.values(), *looked.found):
        yield from _private_key(looked, head)
    for head in ssh.values():
        if head.path in FILES:
            for entry in entries_of(head):
                yield from _entry(looked, head, entry)
    for head in (*ssh.values(), *looked.files.of("client")):
        yield from _unchecked(looked, head)


def _modes(looked: Looked, head: Head) -> Iterator[Finding]:
    mode = stat.S_IMODE(head.mode)
    others_write = bool(mode & _WRITABLE)
    is_public = bool(_PUBLIC.fullmatch(head.path.rpartition("/")[2])) and not head.is_directory
    # A private key has a finding of its own, which says to remove it.
    if not (others_write or (head.is_wide and not is_public)) or kind_of(head.data, head.size_bytes):
        return
    why = "others can put their keys there; sshd ignores such a directory" if others_write else "others can look in"
    yield looked.finding(
        "failure" if others_write else "warning",
        place_of(head),
        f"mode {mode:04o}",
        why=why,
        command=f"chmod {'700' if head.is_directory else '600'} {typed(place_of(head))}",
    )


def _private_key(looked: Looked, head: Head) -> Iterator[Finding]:
    if kind := kind_of(head.data, head.size_bytes):
        place = place_of(head)
        shared = looked.why_shared(head)
        why = shared or "whoever gets hold of the box, or of an image of it, logs in with it elsewhere"
        what = f"{kind}, mode {stat.S_IMODE(head.mode):04o}" if head.is_wide else kind
        yield looked.finding("failure", place, what, why=why, command=f"rm -- {typed(place)}")


def _entry(looked: Looked, head: Head, entry: Entry) -> Iterator[Finding]:
    place = f"{place_of(head)}:{entry.number}"
    called = f"{entry.fingerprint} ({entry.comment or 'no comment'})"
    # Their values may hold a secret.
    options = f", options: {', '.join(entry.option_names)}" if entry.options else ""
    if entry.material not in looked.own:
        kind = "an unknown certificate authority" if entry.is_authority else "an unknown key"
        days = max(0, looked.files.now_s - head.mtime_s) // _DAY_S
        age = f"; the file is from {count(days, 'day')} ago" if days else "; the file is from today"
        yield Finding(
            looked.box.name,
            "failure",
            place,
            f"{kind} may log in: {called}{options}{age}",
            "it is in neither your agent, nor the alias, nor ~/.ssh/*.pub; "
            "if you know whose it is, keep its public half there",
            f"inv keys.revoke {entry.fingerprint} --on {shlex.quote(looked.box.name)}",
        )
    elif entry.is_authority:
        yield Finding(
            looked.box.name,
            "warning",
            place,
            f"a certificate authority of yours: {called}{options}",
            "every certificate that it signed may log in",
            f"inv keys.revoke {entry.fingerprint} --on {shlex.quote(looked.box.name)}",
        )


def _unchecked(looked: Looked, head: Head) -> Iterator[Finding]:
    name = head.path.rpartition("/")[2]
    if head.group == "ssh" and not (name.startswith("config") or "/config" in head.path):
        return
    for match in _UNCHECKED.finditer(head.data):
        number = head.data.count(b"\n", 0, match.start()) + 1
        place = place_of(head)
        yield looked.finding(
            "warning",
            f"{place}:{number}",
            "StrictHostKeyChecking is off",
            why="from there any machine may pass for the one that is meant",
            command=f"sed -i {number}s/^/#/ {typed(place)}",
        )
