"""Compares what was sent of a checkout with what is on the box: only that, not all that lies around it there."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ssh_transport.code.listing import LINK
from ssh_transport.code.there import compared
from ssh_transport.manifest.comparison import KINDS, Comparison, Names
from ssh_transport.manifest.verification import Verification
from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.code import Listing

_ALGORITHM = "sha256"


def verified(box: Box, path: str, listing: Listing) -> Verification:
    """
    Hash on the box all that was sent, and return what came of it; a difference is no error here.

    There is no receipt: the list that stays beside the code is one.

    :param path: where it was sent to.
    """
    start = time.monotonic()
    states = compared(box, path, listing.lines)
    # What a file system makes of modes is no difference of what was sent.
    alike = {"same", "mode"}
    same = [line for line in listing.lines if states[line.name] in alike]
    differences = {kind: Names() for kind in KINDS}
    for name, state in states.items():
        if state not in alike:
            differences["missing" if state == "gone" else "different"].add(os.fsencode(name))
    files = [line for line in same if line.mode != LINK]
    found = Comparison(
        algorithm=_ALGORITHM,
        files=len(files),
        bytes=sum(line.size for line in files),
        links=len(same) - len(files),
        directories=0,
        differences=differences,
        special=Names(),
        outward=Names(),
        source_hash=listing.digest,
        target_hash=listing.digest if len(same) == len(listing.lines) else "",
    )
    return Verification(
        comparison=found,
        safe_to_destroy=False,
        verdict=_verdict(box, path, found),
        receipt="",
        seconds=round(time.monotonic() - start, 3),
    )


def _verdict(box: Box, path: str, found: Comparison) -> str:
    where = f"{one_line(path.removeprefix('./').rstrip('/'))} on {box.name}"
    if not found.arrived:
        return f"NOT all of the code is at {where}: {found.counts}"
    what = f"all {count(found.files, 'file')} ({size(found.bytes)}) that were sent"
    return f"{where}: {what} compared equal ({_ALGORITHM})"
