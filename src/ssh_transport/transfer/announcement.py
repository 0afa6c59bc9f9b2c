"""What is said of a copy before it begins."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.errors.commands import as_typed
from ssh_transport.facts.directory import normal
from ssh_transport.request.landing import is_doubled, own_name
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line, size

from . import preflight
from .deletion import shown
from .result import described

if TYPE_CHECKING:
    from ssh_transport.request.request import Request

    from .ends import Ends
    from .engine import Engine, Plan
    from .result import Forecast, Transfer


def announce(request: Request, ends: Ends, engine: Engine, plan: Plan) -> None:
    """Say what lands where, with every warning; a dry run names each change, a copy each deletion if they are few."""
    if request.options.dry_run:
        for change in plan.changes:
            say(one_line(change))
    elif plan.deletions:
        for line in shown(plan.deletions):
            say(line)
    for profile, reach in (box.platform for box in request.boxes):
        if reach.slow_over_bytes and plan.bytes > reach.slow_over_bytes:
            kind = f"{profile.display_name}'s {reach.name} endpoint"
            say(as_typed(f"warning: {kind} is slow for {size(plan.bytes)}: {reach.better}"))
    warn_if_doubled(request, ends)
    for warning in preflight.warnings(plan, ends.destination):
        say(f"warning: {warning}")
    for name in plan.skipped:
        say(f"warning: left out, no file or directory: {one_line(name)}")
    what = "nothing to do"
    if plan.changes:
        what = described(plan.files, plan.bytes, plan.links, len(plan.deletions))
    by_way_of = f", by way of {one_line(request.options.via)}" if request.options.via else ""
    say(f"{one_line(str(request.source))} -> {one_line(str(request.target))}: {what} ({engine.name}{by_way_of})")


def warn_if_doubled(request: Request, ends: Ends) -> None:
    """Say that a directory is put into one of its own name; where it is there already, that was meant."""
    place = ends.destination.directory
    if ends.landing.top and place.ancestor != place.path:
        say_doubled(request)


def say_doubled(request: Request) -> None:
    """Say that a directory lands in one of its own name, if it does."""
    if not is_doubled(request):
        return
    source, target = request.source.path.removeprefix("./"), normal(request.target.path).removeprefix("./")
    at = posixpath.join(target, own_name(source))
    contents = f"a slash behind the source ({one_line(source)}/) puts its contents at {one_line(target)}"
    say(f"warning: it lands at {one_line(at)}; {contents}")


def warn_if_nothing_matched(request: Request, done: Transfer | Forecast) -> None:
    """Say that there was nothing to copy, as a result that is green does not show it."""
    if done.matched:
        return
    name = f"`{one_line(str(request.source))}`"
    why = f"--exclude leaves out all that {name} holds" if request.options.exclude else f"{name} holds no file"
    say(f"warning: nothing was copied: {why}")
