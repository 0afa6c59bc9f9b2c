"""Whether one file arrived, asked about by itself: a plan is more round trips."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.facts.stamps import stamp_here, stamp_there

if TYPE_CHECKING:
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.engine import Plan


def is_same_file(request: Request, plan: Plan) -> bool:
    """Whether one file was copied, and both ends have it by what rsync too goes by: size and second."""
    source = request.source.path
    if list(plan.sources) != [posixpath.basename(source)] or plan.deletions:
        return False
    (write,) = plan.writes
    if not write.is_file:
        return False
    target = posixpath.join(plan.root, write.name)
    here, there = (target, source) if request.target.is_here else (source, target)
    found = stamp_here(here)
    return found is not None and found == stamp_there(request.box, there)
