"""One upload, many boxes: look at all, choose the way, let pieces pass from box to box, then copy and compare."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.credentials import catalogue
from ssh_transport.platforms import diagnosis
from ssh_transport.request.landing import sources_root
from ssh_transport.terminal.report import said_once, say
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import count, one_line, size
from ssh_transport.transfer.announcement import warn_if_doubled
from ssh_transport.transfer.deletion import shown
from ssh_transport.transfer.guard import source as source_guard

from . import relayed, ways
from .ahead import Ahead
from .deliver import forecast
from .look import looked, union
from .plan import cut
from .work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.errors import TaskError
    from ssh_transport.link.persist import Patience
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress

    from .look import Wanted
    from .plan import Pieces
    from .relayed import Relay
    from .result import Delivered
    from .ways import Way


def spread(
    requests: Sequence[Request],
    asked: str,
    patience: Patience,
    show: Callable[[Progress], None],
    relay: Relay | None = None,
) -> tuple[Mapping[str, Delivered], Mapping[str, TaskError]]:
    """
    Bring the same files to several boxes; return what came of each, and the errors, by name.

    Safe to repeat: what a box has is not sent again. A box that fails costs only itself.

    :param requests: one for each box, of one source and with the same options.
    :param asked: one of `ways.WAYS`.
    :param show: called with how far all of it is.
    :param relay: what the files may go by way of.
    :raises Guarded: a push would carry what it must not.
    :raises AlreadyRunning: another process of this machine is at the same spread.
    :raises ToolMissing: a tree was asked for, and no box can reach another.
    """
    failures: dict[str, TaskError] = {}

    def fail(box: Box, error: TaskError) -> None:
        diagnosis.explain(error, box.platform[0], box.name)
        failures[box.name] = error
        say(f"{error}\n")

    ways.check(asked)
    first = requests[0]
    if first.source.is_here:
        source_guard.check(first.source.path, first.options.allow, copy_links=first.options.copy_links)
        catalogue.prepare()
    with contextlib.ExitStack() as stack, polite_kills_as_ctrl_c(), said_once():
        own = [_own(request) for request in requests]
        for box in (box for request in (first, *own) for box in request.boxes):
            stack.enter_context(box)
        for request in requests:
            stack.enter_context(files.locked(f"the spread to {request.target} ({request.target.address})"))
        is_sure = relay is not None and relay.is_asked and not first.options.dry_run
        ahead = Ahead(first, relay if is_sure else None)
        wanted = looked(own, patience, fail, ahead.lacks if first.source.is_here else lambda _: None)
        if not wanted:
            return {}, failures
        if first.source.is_here:
            ahead.check({name for one in wanted for name in one.plan.sources})
        way, able = _way(asked, first.source.box, wanted, relay)
        _announce(way, able, wanted)
        if first.options.dry_run:
            return {one.box.name: forecast(one, way) for one in wanted}, failures
        pieces = _pieces(first, able) if able else None
        relay, way = relayed.checked(relay, way)
        done = Work(way, wanted, able, patience, show=show, fail=fail, relay=relay).done(requests, pieces)
    return done, failures


def _own(request: Request) -> Request:
    """Give a copy from a box its own login there: copies side by side would end each other's."""
    if request.source.box is None:
        return request
    return replace(request, source=replace(request.source, box=request.source.box.another()))


def _way(asked: str, source: Box | None, wanted: Sequence[Wanted], relay: Relay | None) -> tuple[Way, Sequence[Wanted]]:
    """Return the way, and which boxes are in the tree if it is one, the first to be served first."""
    if relay and (way := relayed.way_of(asked, None, relay, wanted)):
        return way, ()
    lacking = [one for one in wanted if one.files]
    faults = {one.box.name: ways.lacks(one.box, one.ends.target) for one in lacking}
    able = [one for one in lacking if not faults[one.box.name]]
    first = wanted[0]
    why = ways.lacks(source, first.ends.source) if source else ""
    unable = [f"{source.name}: {why}"] if source and why else []
    unable += [f"{name}: {fault}" for name, fault in faults.items() if fault]
    way = ways.choose(
        asked,
        source,
        [] if why else [one.box for one in able],
        unable=next(iter(unable), ""),
        total_bytes=sum(one.plan.bytes for one in lacking),
        forward_agent=first.request.options.forward_agent,
    )
    if way.name == ways.EACH:
        return (relay and relayed.way_of(asked, way, relay, wanted)) or way, ()
    return way, sorted(able, key=lambda one: one.box is not way.seed)


def _announce(way: Way, able: Sequence[Wanted], wanted: Sequence[Wanted]) -> None:
    """Say how much goes to how many boxes, what of it leaves this machine, which way and why."""
    names = {one.box.name for one in able}
    warn_if_doubled(wanted[0].request, wanted[0].ends)
    for one in wanted:
        for name in one.plan.skipped:
            say(f"warning: left out, no file or directory: {one_line(name)}")
        for line in shown(one.plan.deletions) if one.request.options.dry_run and one.plan.deletions else ():
            say(f"{one.box.name}: {line}")
    pushed = [one.plan.bytes for one in wanted if one.box.name not in names]
    all_bytes = sum(one.plan.bytes for one in wanted)
    source = wanted[0].request.source
    from_here = sum(pushed) + (sum(union(able).values()) if source.is_here else 0) - way.spared_bytes
    if not source.is_here and way.name == ways.RELAY:
        leaves = f"at most {size(from_here)} from {source.name}"
    elif not source.is_here and way.name == ways.EACH:
        leaves = f"as far as {source.name} can't reach a box, through this machine"
    else:
        leaves = f"at most {size(from_here)} from this machine"
    boxes = count(len(wanted), "box")
    how = f"{way.name}, {way.why}" if all_bytes else "nothing to send"
    say(f"{one_line(str(source))} -> {boxes}: {size(all_bytes)} in all, {leaves} ({how})")


def _pieces(request: Request, able: Sequence[Wanted]) -> Pieces:
    """Cut what the boxes of a tree lack."""
    source, ends = request.source, able[0].ends
    python = ends.source.python if ends.source else ""
    return cut(sources_root(source.path), union(able), source.box, python, follow=request.options.copy_links)
