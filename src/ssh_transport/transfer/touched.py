"""Files that were rewritten while they were copied and kept size and time: only their change time tells."""

from __future__ import annotations

import posixpath
import time
from typing import TYPE_CHECKING

from ssh_transport.errors import BoxError, EndpointTooWeak
from ssh_transport.facts.listing import touched_here, touched_there
from ssh_transport.request.landing import own_name, sources_root
from ssh_transport.trees import digests_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ssh_transport.request.request import Request

    from .columns import Write
    from .ends import Ends
    from .engine import Plan


_FEW = 50  # are asked about by name, instead of all that is in the directory


class Clock:
    """
    When a copy began, by the clock of the end that is read.

    :param ends: as they were before anything was read.
    """

    def __init__(self, ends: Ends) -> None:
        self._here_ns = time.time_ns()
        # In whole seconds: what was changed in this one, but before, is hashed as well.
        self._there_s = ends.source.now_s if ends.source else 0

    def rewritten(
        self, request: Request, plan: Plan, without: Collection[str], touched: Sequence[str] | None
    ) -> list[str]:
        """
        Return the files of a plan that were touched since, and are not the same at both ends.

        Where an end does not tell, or can't hash, nothing is said of it.

        :param without: what was not copied yet.
        :param touched: what the box said of it already; `None` if it was not asked.
        """
        root = sources_root(request.source.path)
        files = {source: write for source, write in _files(plan) if write.name not in without}
        box = request.source.box
        try:
            if box is None:
                touched = touched_here(root, files, self._here_ns)
            elif not files or not self._there_s:
                return []
            elif touched is None:
                touched = touched_there(box, root, asked_names(request, plan), self._there_s)
            return _different(request, plan, root, [(name, files[name]) for name in touched if name in files])
        except (BoxError, EndpointTooWeak):
            return []


def asked_names(request: Request, plan: Plan) -> Sequence[str]:
    """Return what to ask a box about whose files a plan reads: their names at the source, or all that there is."""
    names = [source for source, _ in _files(plan)]
    return names if len(names) <= _FEW else [own_name(request.source.path) or "."]


def _files(plan: Plan) -> Iterator[tuple[str, Write]]:
    pairs = zip(plan.sources, plan.writes, strict=True)
    return ((source, write) for source, write in pairs if write.is_file)


def _different(request: Request, plan: Plan, root: str, touched: Sequence[tuple[str, Write]]) -> list[str]:
    if not touched:
        return []
    # One that grew or shrank was found before.
    ours = digests_of(request.target, [(posixpath.join(plan.root, write.name), write.bytes) for _, write in touched])
    theirs = digests_of(request.source, [(posixpath.join(root, name), write.bytes) for name, write in touched])
    return [
        posixpath.join(root, name)
        for (name, _), one, other in zip(touched, theirs, ours, strict=True)
        if one is not None and other is not None and one != other
    ]
