"""
Removes a key from `authorized_keys` of a box.

A copy without its lines is written and renamed over the file, if the file has not changed since it was read.
"""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING

from ssh_transport.box import piped
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.facts.authorized_entries import authorized_files, entries_of
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.authorized_entries import Entry
    from ssh_transport.facts.heads import Head

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ATTEMPTS = 5
_TIMEOUT_S = 60
_CHANGED = "changed"

# The new content comes on standard input; `$2` and `$3` are digest and size of the old content. A program that appends
# a key between comparing and renaming writes to the old file; that has a second name, from which the rest is copied.
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
    Ensure that a key may not log in: its lines are removed from ``authorized_keys``, every other byte stays.

    What `sshd` takes from elsewhere (``AuthorizedKeysFile``, ``AuthorizedKeysCommand``) it does not know.

    The file is replaced atomically, with mode 0600; keys that others append meanwhile are kept. For a fingerprint that
    is not in the file, nothing is changed. The result is verified by reading the file again.

    :param named: a fingerprint as `ssh-keygen -l` prints it, or a whole comment.
    :param including_mine: whether the key of the current login may be removed.
    :raises UsageError: no key or several keys match `named`, or it is the key in use.
    :raises BoxError: the file can't be read or replaced.
    """
    for _ in range(_ATTEMPTS):
        _, heads = authorized_files(box)
        lines = {head.path: list(entries_of(head)) for head in heads}
        matching = _matching(box, [entry for entries in lines.values() for entry in entries], named)
        if not matching:
            return Change(f"{named} is not in authorized_keys", made=False)
        _check_use(box, matching, lines, including_mine=including_mine)
        key = f"{matching[0].fingerprint}{_comment(matching[0])}"
        if dry_run:
            numbers = ", ".join(f"line {entry.number} of ~/{entry.file}" for entry in matching)
            return Change(f"dry run: {key} would go: {numbers}", made=True)
        if all(_replace_file(box, head, matching) for head in heads):
            _verify_removed(box, matching[0])
            return Change(f"{key} is not in authorized_keys", made=True)
    hint = "something writes to it all the time: look at it before you try again"
    raise Incomplete("authorized_keys changes faster than it can be replaced", box=box.name, hint=hint)


def _matching(box: Box, entries: Sequence[Entry], named: str) -> list[Entry]:
    matching = [entry for entry in entries if named and named in {entry.fingerprint, entry.comment}]
    fingerprints = list(dict.fromkeys(entry.fingerprint for entry in matching))
    if len(fingerprints) > 1:
        raise UsageError(
            f"`{one_line(named)}` is the comment of {len(fingerprints)} keys",
            box=box.name,
            cause="\n".join(fingerprints),
            hint=f"name one by its fingerprint: ssh-transport -H {box.name} keys.revoke {fingerprints[0]}",
        )
    if not matching and not _FINGERPRINT.fullmatch(named):
        listed = [f"{entry.fingerprint}{_comment(entry)}" for entry in entries]
        raise UsageError(
            f"no key that may log in is called `{one_line(named)}`",
            box=box.name,
            cause="there are:\n" + "\n".join(listed) if listed else "no key may log in at all",
            hint=f"name a whole comment or fingerprint: ssh-transport -H {box.name} keys.list",
        )
    # The same key may be in the file twice, with different comments.
    return [entry for entry in entries if entry.fingerprint in fingerprints]


def _check_use(
    box: Box, matching: Sequence[Entry], lines: Mapping[str, Sequence[Entry]], *, including_mine: bool
) -> None:
    used = box.carrier.key_used
    is_used = used in {entry.fingerprint for entry in matching}
    # A certificate lets in by its authority's line, and by no line of its own.
    is_certified = any(entry.is_authority for entry in matching) and used not in {
        entry.fingerprint for entries in lines.values() for entry in entries
    }
    if including_mine or not (is_used or is_certified):
        return
    what = "is the key you are logged in with" if is_used else "is an authority, and may have let you in"
    raise UsageError(
        f"{matching[0].fingerprint}{_comment(matching[0])} {what}",
        box=box.name,
        cause="without it you may not get in again",
        hint=f"push another key first (ssh-transport -H {box.name} keys.push --identity=PATH), or add --including-mine",
    )


def _replace_file(box: Box, head: Head, matching: Sequence[Entry]) -> bool:
    """Remove the lines from one file; return whether the file was unchanged since it was read."""
    removed = {entry.number for entry in matching if entry.file == head.path}
    if not removed:
        return True
    data = b"".join(line for number, line in enumerate(io.BytesIO(head.data), start=1) if number not in removed)
    output = piped.run(
        box,
        REPLACE,
        *(head.real or head.path, hashlib.sha256(head.data).hexdigest(), str(len(head.data)), str(len(data))),
        data=data,
        limit_bytes=1 << 16,
        silence_s=TransferSettings.of(box.c).silence_s,
        timeout_s=_TIMEOUT_S,
    )
    return output.strip() != _CHANGED.encode()


def _verify_removed(box: Box, entry: Entry) -> None:
    _, heads = authorized_files(box)
    if any(entry.material == remaining.material for head in heads for remaining in entries_of(head)):
        hint = f"something puts it back: ssh {box.name} ls -la .ssh"
        raise Incomplete(f"{entry.fingerprint} is in authorized_keys again", box=box.name, hint=hint)


def _comment(entry: Entry) -> str:
    return f" ({one_line(entry.comment)})" if entry.comment else ""
