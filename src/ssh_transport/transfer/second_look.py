"""Whether what was copied is still what the source has: else it was written to while it was read, and is no version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.manifest import methods, verify, verify_between
from ssh_transport.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ssh_transport.link.persist import Patience
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress

    from .engine import Engine, Plan
    from .touched import Clock

_TOLD = 5


def check_by_hash(request: Request, patience: Patience, show: Callable[[Progress], None]) -> None:
    """
    Compare both ends: for a target whose times are too coarse to tell one version from another.

    :raises Incomplete: something differs.
    """
    if request.is_between:
        how = methods(*request.boxes, copy_links=request.options.copy_links)
        found = verify_between(request, how, patience, show, keep=False).comparison
    else:
        found = verify(request, patience, show, keep=False).comparison
    if not found.arrived:
        names = [name for kind, of in found.differences.items() if kind != "extra" for name in of.names]
        raise _differ(names, request.target.name)


def check_touched(request: Request, plan: Plan, clock: Clock, again: Plan, *, without: Collection[str] = ()) -> None:
    """
    Find files that were rewritten meanwhile with the same size and time.

    :param again: what `check` returned.
    :param without: as in `check`.
    :raises Incomplete: there is such a file.
    """
    if names := clock.rewritten(request, plan, without, again.touched):
        raise _differ(names, request.target.name)


def check(engine: Engine, plan: Plan, box: str, *, without: Collection[str] = ()) -> Plan:
    """
    Plan once more, and return that plan: no file should be left to copy.

    :param plan: what was to be copied.
    :param box: the end that was written, by name.
    :param without: what was not copied yet.
    :raises Incomplete: there is such a file, or the box claimed to have what it has not.
    """
    again = engine.look_again(plan)
    if files := [write.name for write in again.writes if write.is_file and write.name not in without]:
        raise _differ(files, box)
    return again


def _differ(names: Sequence[str], box: str) -> Incomplete:
    return Incomplete(
        f"{count(len(names), 'file')} differ after the copy: changed meanwhile, or not stored",
        box=box,
        cause="\n".join(one_line(name) for name in names[:_TOLD]),
        hint="run it again once nothing writes to them, or --exclude them",
    )
