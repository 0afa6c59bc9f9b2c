"""A place of a spread: a box that takes pieces and passes them on, or the source."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssh_transport.box import shell
from ssh_transport.errors import CommandFailed
from ssh_transport.leftovers import SPREAD_PARTIAL_DIRECTORY, SPREAD_STATE_PREFIX
from ssh_transport.request.landing import sources_root

from . import plan, program
from .plan import Landed, Placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.ends import Ends

    from .plan import Pieces


# The time of the directory around is what the copy has made it.
_TIDY = """
spool=$1 around=${1%/*}
if [ -e "$spool" ] || [ -L "$spool" ]; then
    time=$(mktemp) && touch -r "$around" "$time"
    rm -rf -- "$spool"
    touch -r "$time" "$around" && rm -f "$time"
fi
for state in "./$2"*; do [ ! -d "$state" ] || rm -rf -- "$state"; done
"""


@dataclass(frozen=True)
class Station:
    """
    Where the state of a spread is.

    :ivar box: `None` is this machine.
    :ivar python: what runs the program there.
    :ivar missing: the pieces that it lacked at the start.
    """

    name: str
    box: Box | None
    python: str
    state: str
    missing: frozenset[int] = frozenset()

    def land(self) -> int:
        """Give all files that are whole their final names; return how many are not."""
        return plan.run_state_there(self._there, self.python, "land", self.state, Landed).left

    @property
    def _there(self) -> Box:
        if self.box is None:
            raise AssertionError("it is the source, and here")
        return self.box


def target(box: Box, pieces: Pieces, ends: Ends, request: Request) -> Station:
    """
    Make a box ready to take pieces.

    :raises TaskError: it can't be; nothing is lost by a push then.
    """
    root, renamed = ends.landing.root(request.target.path)
    spool = _spool(ends, request)
    python = ends.target.python if ends.target else ""
    return _station(box, python, pieces, _tag(request), pieces.at(root, spool=spool, renamed=renamed))


def tidy(box: Box, ends: Ends, request: Request) -> None:
    """Take away all that a spread, or an earlier one, has at a box besides the files."""
    shell.run(box, _TIDY, _spool(ends, request), f"{SPREAD_STATE_PREFIX}{_tag(request)}-")


def tidy_source(requests: Sequence[Request]) -> None:
    """Do the same at a source that is a box."""
    if (box := requests[0].source.box) is not None:
        shell.run(box, _TIDY, "", f"{SPREAD_STATE_PREFIX}{_tag(*requests)}-")


def source(box: Box, python: str, pieces: Pieces, requests: Sequence[Request]) -> Station:
    """
    Make a source ready that is a box.

    :param requests: for each box that was to get it.
    """
    return _station(box, python, pieces, _tag(*requests), pieces.at(sources_root(requests[0].source.path)))


def _tag(*requests: Request) -> str:
    """
    Return what stands for a source and where it goes to in the names of the directories of its spreads.

    Who makes one takes away those of the same tag. Two spreads of one source may be under way at once.
    """
    source = requests[0].source
    targets = sorted(f"{request.target.address}\0{request.target.path}" for request in requests)
    words = "\0".join((source.address, source.path, *targets))
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _spool(ends: Ends, request: Request) -> str:
    """Return where files wait: beside their final names, on the same file system."""
    root, _ = ends.landing.root(request.target.path)
    return posixpath.join(root, ends.landing.top, SPREAD_PARTIAL_DIRECTORY)


def _station(box: Box, python: str, pieces: Pieces, tag: str, where: Mapping[str, Any]) -> Station:
    order = {"prefix": f"{SPREAD_STATE_PREFIX}{tag}-", "program": program.code(), "plan": where}
    found = plan.run_there(box, python, "place", order, Placed)
    if any(piece >= pieces.count for piece in found.missing) or "\0" in found.state:
        raise CommandFailed(f"what `{box.name}` answers makes no sense", box=box.name)
    return Station(box.name, box, python, found.state, frozenset(found.missing))
