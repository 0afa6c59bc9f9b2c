"""What came, or would come, of a copy by the service of a volume alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.terminal.report import say
from ssh_transport.text import one_line
from ssh_transport.transfer.result import Forecast, Transfer, described

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request

_ENGINE = "volume"


def told(request: Request, sizes: Mapping[str, int], moved: Sequence[str], carried: Carried) -> Transfer:
    """Return what was done."""
    return Transfer(
        box=request.box.name,
        source=str(request.source),
        target=str(request.target),
        engine=_ENGINE,
        matched=len(sizes),
        files=len(moved),
        bytes=sum(sizes[name] for name in moved),
        links=0,
        deletions=(),
        skipped=(),
        wire_bytes=0,
        seconds=0,
        attempts=1 if moved else 0,
        via=carried,
    )


def foreseen(  # noqa: PLR0913 - all that is told
    request: Request,
    landing: str,
    sizes: Mapping[str, int],
    missing: Sequence[str],
    new: Collection[str],
    *,
    left: Sequence[str] = (),
) -> Forecast:
    """
    Say what a dry run would do, as `transfer.announcement` does, and return it.

    :param new: those of the missing that have no other version there.
    :param left: what can't be copied without the box.
    """
    changes = tuple(f"{'new' if name in new else 'changed'} file: {name}" for name in missing)
    total = sum(sizes[name] for name in missing)
    for change in changes:
        say(one_line(change))
    for name in left:
        say(f"warning: can't be copied without the box: {one_line(name)}")
    what = described(len(missing), total, 0, 0) if missing else "nothing to do"
    ends = f"{one_line(str(request.source))} -> {one_line(str(request.target))}"
    say(f"{ends}: {what} ({_ENGINE}, by way of {one_line(request.options.via)})")
    return Forecast(
        box=request.box.name,
        source=str(request.source),
        target=str(request.target),
        landing=landing,
        engine=_ENGINE,
        options=(),
        matched=len(sizes),
        files=len(missing),
        bytes=total,
        links=0,
        directories=0,
        deletions=(),
        skipped=tuple(left),
        outside_links=(),
        changes=changes,
        free_bytes=None,
        free_inodes=None,
        filesystem="",
        umask="",
        python="",
    )
