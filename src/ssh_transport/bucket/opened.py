"""Which relay the copies of one command go by way of; what it stored for them is gone at the end, or kept and named."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ssh_transport.errors import TaskError
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from .auto import Auto
from .keys import keys_of, take_from_environment
from .relay import named
from .via import Via
from .volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from invoke import Context

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Bring
    from ssh_transport.transfer.result import Forecast, Transfer


@contextlib.contextmanager
def by_way_of(c: Context, name: str) -> Iterator[Via | Volume | None]:
    """
    Yield what carries copies by way of the relay of this name, `None` for no name; what it stored is gone at the end.

    If not all went well, it is kept for the next run, and named. Variables with its key are taken out of the
    environment.

    :raises UsageError: there is none of this name, it is not well described, or nothing opens it.
    """
    if not name:
        yield None
        return
    relay = named(c, name)
    via = (Volume if relay.is_volume else Via)(relay, keys_of(relay))
    with _cleaned(lambda: via):
        yield via


@contextlib.contextmanager
def by_the_only(c: Context) -> Iterator[Via | None]:
    """As `by_way_of`, by the only relay that the settings name; `None` if there is none that can be used."""
    via = _the_only(c)
    with _cleaned(lambda: via):
        yield via


@contextlib.contextmanager
def by_way_of_or_auto(c: Context, name: str) -> Iterator[Bring | None]:
    """As `by_way_of`; without a name it is `auto` that decides."""
    if name:
        with by_way_of(c, name) as via:
            # A volume is known again by `without_box`.
            yield via if isinstance(via, Volume) or via is None else via.bring
        return
    if c.config.get("relays"):
        take_from_environment()
        auto = Auto(lambda: _the_only(c))
        with _cleaned(lambda: auto.via):
            yield auto.bring
        return
    yield None


def without_box(
    bring: Bring | None, request: Request, why: TaskError, show: Callable[[Progress], None]
) -> Transfer | Forecast:
    """
    Copy to or from a volume by its service alone; see `boxless.copied`.

    :param bring: what `by_way_of_or_auto` has yielded.
    :param why: what the box was asked in vain with; raised if it is no volume.
    """
    if not isinstance(bring, Volume):
        raise why
    from .boxless import copied

    return copied(bring, request, why, show)


@contextlib.contextmanager
def _cleaned(relay: Callable[[], Via | Volume | None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if via := relay():
            via.keep()
        raise
    if via := relay():
        via.clean()


def _the_only(c: Context) -> Via | None:
    known = c.config.get("relays") or {}
    if len(known) != 1:
        return None
    try:
        relay = named(c, *known)
        if relay.is_volume:
            return None
        return Via(relay, keys_of(relay), is_asked=False)
    except TaskError as error:
        say(f"without the relay `{one_line(next(iter(known)))}`: {error.what}")
        return None
