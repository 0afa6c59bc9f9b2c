"""What each box lacks, asked of all side by side before anything is sent."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport import manifest
from ssh_transport.box.beside import as_answered
from ssh_transport.errors import TaskError
from ssh_transport.errors.translation import translated
from ssh_transport.terminal.report import quiet
from ssh_transport.transfer.run import planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.link.persist import Patience
    from ssh_transport.manifest.ends import Method
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.ends import Ends
    from ssh_transport.transfer.engine import Plan

# sshd drops new logins past MaxStartups 10:30:100, and boxes may share a gateway.
AT_ONCE = 8
# That have all by a relay: each is some small programs here, and no login.
WHOLE_AT_ONCE = 16


@dataclass(frozen=True)
class Wanted:
    """What one box lacks; ``how`` is how both ends hash, for a copy from box to box of each."""

    request: Request
    how: tuple[Method, ...]
    ends: Ends
    plan: Plan

    @property
    def box(self) -> Box:
        """The box."""
        return target(self.request)

    @property
    def files(self) -> Mapping[str, int]:
        """The sizes of the files that it lacks, by their names at the source; empty ones left out."""
        named = zip(self.plan.writes, self.plan.sources, strict=True)
        return {name: write.bytes for write, name in named if write.is_file and write.bytes}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to be done at it but to compare; an rsync that an earlier run has left there may write."""
        plan, there = self.plan, self.ends.target
        return not (plan.changes or plan.unlisted or plan.dangling) and there is not None and not there.is_marked


def _how(request: Request) -> tuple[Method, ...]:
    if request.is_between:
        return manifest.methods(*request.boxes, copy_links=request.options.copy_links)
    return (manifest.check(request),)


def alone(request: Request) -> Request:
    """Return the same copy over one connection: there are as many as boxes."""
    return request.with_options(replace(request.options, streams="1"))


def target(request: Request) -> Box:
    """Return the box that is written."""
    if request.target.box is None:
        raise AssertionError("what is spread goes to boxes")
    return request.target.box


def looked(
    requests: Sequence[Request],
    patience: Patience,
    fail: Callable[[Box, TaskError], None],
    lacks: Callable[[Wanted], None] = lambda _: None,
) -> Sequence[Wanted]:
    """
    Plan for every box, in the order of the requests.

    :param fail: called for each box that can't be planned for.
    :param lacks: called for each box that lacks something, while others are still looked at.
    """
    found: dict[str, Wanted] = {}

    def ask(request: Request) -> Wanted:
        with translated(target(request).name):
            for box in request.boxes:
                # What fails at the first contact is told at once.
                box.open()
            return Wanted(request, _how(request), *planned(alone(request), patience))

    with quiet(), contextlib.closing(as_answered(ask, requests, AT_ONCE)) as answers:
        for request, answer in answers:
            box = target(request)
            try:
                one = found[box.name] = answer()
                if one.plan.files:
                    lacks(one)
            except TaskError as error:
                fail(box, error)
    return [found[name] for name in (target(request).name for request in requests) if name in found]


def union(wanted: Iterable[Wanted]) -> Mapping[str, int]:
    """Return the sizes of all files that any box lacks."""
    found: dict[str, int] = {}
    for one in wanted:
        found.update(one.files)
    return found
