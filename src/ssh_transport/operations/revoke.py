"""The right to log in to a box with a key, taken away again."""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING

from ssh_transport import piped
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.facts.authorized_entries import authorized_files, entries_of
from ssh_transport.facts.own_keys import key_in_use
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.authorized_entries import Entry
    from ssh_transport.facts.heads import Head

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ATTEMPTS = 5
_TIMEOUT_S = 60
_CHANGED = "changed"

# The new content comes on standard input; `$2` and `$3` are digest and size of what it was made from. Whoever appends a
# key between comparing and renaming writes to the old file, which has a second name until the end.
REPLACE = r"""
umask 077
file=$(readlink -f -- "$1") || exit
temp=$(mktemp "${file%/*}/.authorized_keys-XXXXXXXX") || exit
old=$temp.old
trap 'rm -f -- "$temp" "$old"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$temp" || exit
if [ "$(($(wc -c <"$temp")))" -ne "$4" ]; then echo "it did not arrive whole" >&2; exit 1; fi
sync -- "$temp" 2>/dev/null || sync
ln -- "$file" "$old" 2>/dev/null || :
if [ "$(sha256sum <"$file")" != "$2  -" ]; then echo changed; exit 0; fi
mv -f -- "$temp" "$file" || exit
if [ -e "$old" ] && [ "$(($(wc -c <"$old")))" -gt "$3" ]; then tail -c "+$(($3 + 1))" -- "$old" >>"$file"; fi
"""


def revoke_key(box: Box, named: str, *, including_mine: bool = False, dry_run: bool = False) -> Change:
    """
    Ensure that a key may not log in: its lines are taken out of ``authorized_keys``, every other byte stays.

    The file is replaced at once, with mode 0600; keys that others append meanwhile are kept. A whole fingerprint that
    is not there is a state that holds already; the result is proved by reading it again.

    :param named: a fingerprint as `ssh-keygen -l` shows it, or a whole comment.
    :param including_mine: whether the key of this very login may go.
    :raises UsageError: nothing, or more than one key, is called so, or it is the key in use.
    :raises BoxError: the file can't be read or replaced.
    """
    for _ in range(_ATTEMPTS):
        _, heads = authorized_files(box)
        lines = {head.path: list(entries_of(head)) for head in heads}
        chosen = _chosen(box, [entry for entries in lines.values() for entry in entries], named)
        if not chosen:
            return Change(f"{named} may not log in", made=False)
        _check_use(box, chosen, including_mine=including_mine)
        state = f"{chosen[0].fingerprint}{_called(chosen[0])} may not log in"
        if dry_run:
            numbers = ", ".join(f"line {entry.number} of ~/{entry.file}" for entry in chosen)
            return Change(f"dry run: {state}, without {numbers}", made=True)
        if all(_replaced(box, head, chosen) for head in heads):
            _prove(box, chosen[0])
            return Change(state, made=True)
    hint = "something writes to it all the time: look at it before you try again"
    raise Incomplete("authorized_keys changes faster than it can be replaced", box=box.name, hint=hint)


def _chosen(box: Box, entries: Sequence[Entry], named: str) -> list[Entry]:
    chosen = [entry for entry in entries if named and named in {entry.fingerprint, entry.comment}]
    fingerprints = list(dict.fromkeys(entry.fingerprint for entry in chosen))
    if len(fingerprints) > 1:
        raise UsageError(
            f"`{one_line(named)}` is the comment of {len(fingerprints)} keys",
            box=box.name,
            cause="\n".join(fingerprints),
            hint=f"name one by its fingerprint: inv keys.revoke {fingerprints[0]} --on {box.name}",
        )
    if not chosen and not _FINGERPRINT.fullmatch(named):
        there = [f"{entry.fingerprint}{_called(entry)}" for entry in entries]
        raise UsageError(
            f"no key that may log in is called `{one_line(named)}`",
            box=box.name,
            cause="there are:\n" + "\n".join(there) if there else "no key may log in at all",
            hint=f"name a whole comment or fingerprint: inv keys.list --on {box.name}",
        )
    # The same key may stand there twice, under another comment.
    return [entry for entry in entries if entry.fingerprint in fingerprints]


def _check_use(box: Box, chosen: Sequence[Entry], *, including_mine: bool) -> None:
    used = key_in_use(box)
    if including_mine or used not in {entry.material for entry in chosen}:
        return
    raise UsageError(
        f"{chosen[0].fingerprint}{_called(chosen[0])} is the key you are logged in with",
        box=box.name,
        cause="without it you may not get in again",
        hint=f"let another key in first (inv keys.push --on {box.name} --identity=PATH), or say --including-mine",
    )


def _replaced(box: Box, head: Head, chosen: Sequence[Entry]) -> bool:
    """Take the lines out of one file; return whether it was still what was read."""
    gone = {entry.number for entry in chosen if entry.file == head.path}
    if not gone:
        return True
    data = b"".join(line for number, line in enumerate(io.BytesIO(head.data), start=1) if number not in gone)
    said = piped.run(
        box,
        REPLACE,
        *(head.real or head.path, hashlib.sha256(head.data).hexdigest(), str(len(head.data)), str(len(data))),
        data=data,
        limit_bytes=1 << 16,
        silence_s=TransferSettings.of(box.c).silence_s,
        timeout_s=_TIMEOUT_S,
    )
    return said.strip() != _CHANGED.encode()


def _prove(box: Box, entry: Entry) -> None:
    _, heads = authorized_files(box)
    if any(entry.material == left.material for head in heads for left in entries_of(head)):
        hint = f"something puts it back: ssh {box.name} ls -la .ssh"
        raise Incomplete(f"{entry.fingerprint} is in authorized_keys again", box=box.name, hint=hint)


def _called(entry: Entry) -> str:
    return f" ({one_line(entry.comment)})" if entry.comment else ""
