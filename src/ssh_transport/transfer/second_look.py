"""Whether what was copied is still what the source has: else it was written to while it was read, and is no version."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.facts.stamps import stamp_here, stamp_there
from ssh_transport.text import count, one_line

from .preflight import COARSE_TIMES

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .choice import Choice
    from .engine import Plan
    from .request import Request

_TOLD = 5


def check(box: Box, request: Request, choice: Choice, plan: Plan, far: Box | None) -> None:
    """
    Plan once more: nothing should be left to copy.

    :param plan: what was to be copied.
    :param far: of a copy from box to box, the one that was written.
    :raises Incomplete: there is such a file, or the box claimed to have what it has not.
    """
    filesystem = choice.target.place.filesystem if choice.target else None
    # Where times are rounded to two seconds, every file would be copied again.
    if filesystem and filesystem.kind in COARSE_TIMES:
        return
    if choice.engine.name == "rsync" and far is None and _is_same_file(box, request, plan):
        return
    if files := [write.name for write in choice.engine.plan().writes if write.is_file]:
        raise Incomplete(
            f"{count(len(files), 'file')} differ after the copy: changed meanwhile, or not stored",
            box=(far or box).name,
            cause="\n".join(one_line(name) for name in files[:_TOLD]),
            hint="run it again once nothing writes to them, or --exclude them",
        )


def _is_same_file(box: Box, request: Request, plan: Plan) -> bool:
    """Whether one file was copied and both ends have it, by what rsync too goes by; a plan is more round trips."""
    if list(plan.sources) != [posixpath.basename(request.source)] or not plan.writes[0].is_file:
        return False
    target = posixpath.join(plan.root, plan.writes[0].name)
    here, there = (target, request.there) if request.pull else (request.here, target)
    found = stamp_here(here)
    return found is not None and found == stamp_there(box, there)
