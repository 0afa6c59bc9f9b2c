"""What is on a box because it was sent there, and is still as it was sent: it is lost to nobody."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.code.listing import LINK
from ssh_transport.code.there import CODE, PLACE, compared, kept_there
from ssh_transport.errors import TaskError
from ssh_transport.manifest import receipt
from ssh_transport.manifest.receipts_there import ReceiptsThere
from ssh_transport.manifest.records import MANIFEST, RECEIPT
from ssh_transport.manifest.verification import reasons
from ssh_transport.openssh import host_keys
from ssh_transport.request.end import End
from ssh_transport.text import count, one_line
from ssh_transport.transfer import Options, Request
from ssh_transport.trees.box_files import box_files

from .received import whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssh_transport.box import Box
    from ssh_transport.manifest import Verification
    from ssh_transport.manifest.receipt import Receipt

    from .places import Places

_MOST_NOTES, _MOST_NAMES, _MOST_COVERS = 200, 50_000, 500
_TIMEOUT_S = 600
_ENDLESS = frozenset({"/dev", "/proc", "/sys"})
# $1 token; then directories. Receipts, and notes of code; a name with a newline is none of ours.
_NOTES = relying_on(
    rf"""
token=$1
shift
for root; do
    find "$root" -xdev \( -name '*{RECEIPT}' -o -path '*/{PLACE}/{CODE}' \) -type f 2>/dev/null
done | head -n {_MOST_NOTES} | sed "s|^|$token |"
""",
    *("find", "head", "sed"),
)
# $1 token, $2 directory: all in it that is no directory; a line without a name says that there is more.
_NAMES = relying_on(
    rf"""
cd -- "$2" || exit
find . ! -type d 2>&1 | head -n {_MOST_NAMES + 1} | sed -e "s|^\./|$1 |" -e t -e "s|.*|$1 |"
""",
    *("find", "head", "sed"),
)


@dataclass(frozen=True)
class Sent:
    """Paths on the box that hold nothing but what was sent and is unchanged, and what is said of them."""

    paths: tuple[str, ...]
    said: str


def sent_to(
    box: Box, places: Places, pulls: Sequence[tuple[str, Receipt]], verify: Callable[[Request], Verification]
) -> Iterator[Sent]:
    """
    Yield what was pushed to a box from here and is the same at both ends; what was copied to it from another box, of
    which this machine has received the same; and what of pushed checkouts is unchanged.

    Of anything else nothing is said; then it counts as what is there alone.

    :param pulls: the receipts of this machine, see `pulls_to`.
    :param verify: compares both ends of a copy.
    """
    for path in _noted(box, places):
        if path.endswith(RECEIPT):
            found = _by_receipt(box, path, pulls, verify)
        else:
            found = _by_note(box, posixpath.dirname(posixpath.dirname(path)))
        if found is not None:
            yield found


def _noted(box: Box, places: Places) -> list[str]:
    token = uuid4().hex
    said = shell.run(box, _NOTES, token, *places.roots, check=False, timeout_s=_TIMEOUT_S).stdout
    return list(dict.fromkeys(_told(said, token)))


def _told(said: str, token: str) -> Iterator[str]:
    return (line.removeprefix(f"{token} ") for line in said.split("\n") if line.startswith(f"{token} "))


def _by_receipt(
    box: Box, path: str, pulls: Sequence[tuple[str, Receipt]], verify: Callable[[Request], Verification]
) -> Sent | None:
    """Compare again what a receipt on the box says was sent, the other way round: is all that is there here, too?"""
    try:
        there = ReceiptsThere(box)
        data = b"".join(there.read(path))
        one = receipt.parse(data, path) if len(data) < receipt.LARGEST_BYTES else None
    except TaskError:
        return None
    for here in _here(box, one, pulls) if one else ():
        request = _back(box, one, here) if one else None
        try:
            found = verify(request).comparison if request else None
        except TaskError:
            continue
        # A link alone covers nothing: what is covered counts with what it leads to.
        if one and request and found and found.files and not reasons(request.options, found):
            said = f"{one_line(one.target)}: all of it is at {one_line(here)}"
            return Sent((one.target, path, f"{path.removesuffix(RECEIPT)}{MANIFEST}"), said)
    return None


def _here(box: Box, one: Receipt, pulls: Sequence[tuple[str, Receipt]]) -> Iterator[str]:
    """Yield where on this machine the same may be as what a receipt on a box speaks of."""
    pinned = {host_keys.fingerprint(key) for key in host_keys.pinned(box.resolved)}
    if one.direction == "push" and (one.host_key in pinned if pinned else one.box == box.name):
        yield one.source
    if one.direction == "copy":
        # It came from another box, and this machine may have received it from there, or what was the same.
        alike = (
            (path, pull)
            for path, pull in pulls
            if pull.origin[1:] == one.origin[1:] or pull.target_hash == one.target_hash
        )
        yield from dict.fromkeys(whereabouts(path, pull) for path, pull in alike)


def _back(box: Box, one: Receipt, source: str) -> Request | None:
    """
    Return the copy that would bring back here what was sent, nothing left out; `None` if that can't be.

    :param source: where it would go.
    """
    here = Path(source.rstrip("/"))
    if not here.is_absolute() or not here.exists():
        return None
    # A box could name all that there is, which would be read, and what has no end.
    where = here.resolve()
    if where in {Path.home(), *Path.home().parents} or not _ENDLESS.isdisjoint(map(str, (where, *where.parents))):
        return None
    slash = "/" if here.is_dir() else ""
    there = one.target.rstrip("/")
    options = Options(follows_at_target=one.copy_links)
    return Request(source=End(f"{there}{slash}", box), target=End(f"{here}{slash}"), options=options)


def _by_note(box: Box, directory: str) -> Sent | None:
    """Hash what a push of a checkout has sent."""
    try:
        with box_files(box) as files:
            kept = kept_there(files, directory, f"`{box.name}`")
        # What was in no commit may be nowhere else by now.
        if kept.code is None or kept.code.dirty:
            return None
        states = compared(box, directory, kept.files.lines)
        token = uuid4().hex
        there = list(_told(shell.run(box, _NAMES, token, directory, timeout_s=_TIMEOUT_S).stdout, token))
    except TaskError:
        return None
    # What is covered counts with what it leads to, which was not sent.
    links = {line.name for line in kept.files.lines if line.mode == LINK}
    same = {name for name, state in states.items() if state in {"same", "mode"}} - links
    if len(there) > _MOST_NAMES or "" in there:
        return None
    covers = [posixpath.join(directory, name) for name in (PLACE, *_covers(there, same))]
    what = f"{count(len(same), 'file')} of {kept.code.described} as sent"
    return Sent(
        tuple(covers),
        f"{one_line(directory.removeprefix('./'))}: {what}; whether that commit is kept elsewhere was not looked at",
    )


def _covers(there: Sequence[str], same: Iterable[str]) -> list[str]:
    """Return what holds nothing but names that are the same: whole entries of the top where that is so, else names."""
    same = frozenset(same)
    other = {name.partition("/")[0] for name in there if name not in same}
    whole = {name.partition("/")[0] for name in same} - other
    single = [name for name in sorted(same) if name.partition("/")[0] in other]
    return [*sorted(whole), *single][:_MOST_COVERS]
