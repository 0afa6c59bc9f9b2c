"""The end of a spread on one box: the ordinary copy sends what is still missing, and both ends are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport import manifest
from ssh_transport.errors.translation import translated
from ssh_transport.transfer import copy

from .result import Delivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.link.persist import Patience
    from ssh_transport.manifest import Held, Verification
    from ssh_transport.manifest.ends import Method
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress

    from .look import Wanted
    from .ways import Way


def forecast(wanted: Wanted, way: Way) -> Delivered:
    """Return what a box would get."""
    plan = wanted.plan
    return Delivered(
        box=wanted.box.name,
        source=str(wanted.request.source),
        target=str(wanted.request.target),
        way=way.name,
        why=way.why,
        files=plan.files,
        bytes=plan.bytes,
        links=plan.links,
        deletions=tuple(plan.deletions),
        dry_run=True,
    )


def delivered(  # noqa: PLR0913 - what, which way, and how
    wanted: Wanted,
    way: Way,
    request: Request,
    patience: Patience,
    *,
    held: Held,
    show: Callable[[Progress], None],
    via: Carried | None = None,
) -> Delivered:
    """
    Copy and compare.

    :param request: that of the box, with its share of the bandwidth.
    :param via: what was brought by way of a relay.
    :raises TaskError: not all could be copied, or the ends could not be compared; a difference is no error here.
    """
    with translated(wanted.box.name):
        # A plan that is made anew says what the first one did, and costs as much.
        done = None if wanted.is_whole else copy(request, patience, show, ends=wanted.ends)
        found = _compared(request, wanted.how, patience, held=held, show=show, via=via)
    passes_here = done is not None and (not request.is_between or done.engine != "direct")
    return replace(
        forecast(wanted, way),
        from_here_bytes=(getattr(done, "wire_bytes", 0) if passes_here else 0)
        + (via.up_bytes if via and not request.is_between else 0),
        via=via,
        verification=found,
        dry_run=False,
    )


def _compared(  # noqa: PLR0913 - as above
    request: Request,
    how: tuple[Method, ...],
    patience: Patience,
    *,
    held: Held,
    show: Callable[[Progress], None],
    via: Carried | None,
) -> Verification:
    if request.is_between:
        source, target = how
        return manifest.verify_between(request, (source, target), patience, show, held=held, via=via)
    return manifest.verify(request, patience, show, how=how[0], held=held, via=via)
