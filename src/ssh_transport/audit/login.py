"""Audits who may log in to a box, and the private keys that are on it."""

from __future__ import annotations

import re
import shlex
import stat
from typing import TYPE_CHECKING

from ssh_transport.credentials.private_keys import kind_of
from ssh_transport.errors.commands import typed
from ssh_transport.facts.authorized_entries import FILES, entries_of
from ssh_transport.text import count

from .box_files import path_of
from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.facts.authorized_entries import Entry
    from ssh_transport.facts.heads import Head

    from .box_files import BoxFiles

_WRITABLE = 0o022
_PUBLIC = re.compile(r".*\.pub|(?:known_hosts|authorized_keys|config).*")
_UNCHECKED = re.compile(
    rb"^[ \t]*StrictHostKeyChecking(?:[ \t]*=[ \t]*|[ \t]+)\"?(?:no|off)\b", re.IGNORECASE | re.MULTILINE
)
_DAY_S = 86_400


def examine(box_files: BoxFiles) -> Iterator[Finding]:
    """Yield findings in `~/.ssh`, private keys anywhere, and disabled host key checks."""
    ssh = {path_of(head): head for head in box_files.files.of("ssh")}
    for head in ssh.values():
        yield from _modes(box_files, head)
    yield from private_keys(box_files)
    for head in ssh.values():
        if head.path in FILES:
            for entry in entries_of(head):
                yield from _entry(box_files, head, entry)
    for head in (*ssh.values(), *box_files.files.of("client")):
        yield from _unchecked(box_files, head)


def private_keys(box_files: BoxFiles) -> Iterator[Finding]:
    """Yield findings for private keys in `~/.ssh` and anywhere else."""
    ssh = {path_of(head): head for head in box_files.files.of("ssh")}
    for head in (*ssh.values(), *box_files.found):
        yield from _private_key(box_files, head)


def _modes(box_files: BoxFiles, head: Head) -> Iterator[Finding]:
    mode = stat.S_IMODE(head.mode)
    others_write = bool(mode & _WRITABLE)
    is_public = bool(_PUBLIC.fullmatch(head.path.rpartition("/")[2])) and not head.is_directory
    # `_private_key` reports private keys.
    if not (others_write or (head.is_wide and not is_public)) or kind_of(head.data, head.size_bytes):
        return
    why = "others can put their keys there; sshd ignores such a directory" if others_write else "others can read it"
    yield box_files.finding(
        "failure" if others_write else "warning",
        path_of(head),
        f"mode {mode:04o}",
        why=why,
        command=f"chmod {'700' if head.is_directory else '600'} {typed(path_of(head))}",
    )


def _private_key(box_files: BoxFiles, head: Head) -> Iterator[Finding]:
    if kind := kind_of(head.data, head.size_bytes):
        place = path_of(head)
        shared = box_files.why_shared(head)
        why = shared or "anyone with access to the box, or to an image of it, can log in elsewhere with it"
        what = f"{kind}, mode {stat.S_IMODE(head.mode):04o}" if head.is_wide else kind
        yield box_files.finding("failure", place, what, why=why, command=f"rm -- {typed(place)}")


def _entry(box_files: BoxFiles, head: Head, entry: Entry) -> Iterator[Finding]:
    place = f"{path_of(head)}:{entry.number}"
    called = f"{entry.fingerprint} ({entry.comment or 'no comment'})"
    # Only their names: a value may contain a secret.
    options = f", options: {', '.join(entry.option_names)}" if entry.options else ""
    if entry.fingerprint not in box_files.own:
        kind = "an unknown certificate authority" if entry.is_authority else "an unknown key"
        days = max(0, box_files.files.now_s - head.mtime_s) // _DAY_S
        age = f"; the file is from {count(days, 'day')} ago" if days else "; the file is from today"
        yield Finding(
            box_files.box.name,
            "failure",
            place,
            f"{kind} may log in: {called}{options}{age}",
            "it is in neither your agent, nor the alias, nor ~/.ssh/*.pub; "
            "if you know whose it is, keep its public half there",
            f"ssh-transport -H {shlex.quote(box_files.box.name)} keys.revoke {entry.fingerprint}",
        )
    elif entry.is_authority:
        yield Finding(
            box_files.box.name,
            "warning",
            place,
            f"a certificate authority of yours: {called}{options}",
            "every certificate that it signed may log in",
            f"ssh-transport -H {shlex.quote(box_files.box.name)} keys.revoke {entry.fingerprint}",
        )


def _unchecked(box_files: BoxFiles, head: Head) -> Iterator[Finding]:
    name = head.path.rpartition("/")[2]
    if head.group == "ssh" and not (name.startswith("config") or "/config" in head.path):
        return
    for match in _UNCHECKED.finditer(head.data):
        number = head.data.count(b"\n", 0, match.start()) + 1
        place = path_of(head)
        yield box_files.finding(
            "warning",
            f"{place}:{number}",
            "StrictHostKeyChecking is off",
            why="connections from there accept any host key, so another machine can pose as the target",
            command=f"sed -i {number}s/^/#/ {typed(place)}",
        )
