"""The way of a spread by a relay: what the boxes lack is stored once, and each fetches it while that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ssh_transport.errors import TaskError, ToolMissing
from ssh_transport.errors.translation import translated
from ssh_transport.link.persist import persist
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.report import say
from ssh_transport.text import size

from .ways import AUTO, EACH, LITTLE_BYTES, RELAY, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.link.persist import Patience
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.engine import Plan

    from .look import Wanted


class Relay(Protocol):
    """A relay, as `bucket` has it."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def is_asked(self) -> bool:
        """Whether a person has asked for it, and not just named one in the settings."""

    def check(self) -> None:
        """
        Check that it may be used.

        :raises TaskError: it may not.
        """

    def share(self, plans: Sequence[Plan]) -> int:
        """
        Let the copies of these plans go by the same parts.

        :returns: how many bytes less have to leave the source than if each went by itself.
        """

    def ahead(self, request: Request, plan: Plan, is_over: Callable[[], bool]) -> None:
        """Begin to store what a plan sends whole, until `is_over`; whatever is wrong with it is told by `bring`."""

    def bring(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """Carry what a plan sends whole; see `transfer.run.copy`."""


def way_of(asked: str, way: Way | None, relay: Relay, wanted: Sequence[Wanted]) -> Way | None:
    """
    Return the way by a relay if it is asked for, or is faster than a push for each; else `None`.

    :param way: what is chosen without it, if that was looked for.
    """
    spared_bytes = relay.share([one.plan for one in wanted])
    if relay.is_asked:
        return Way(RELAY, f"by way of {relay.name}, as asked", spared_bytes=spared_bytes)
    if asked != AUTO or way is None or way.name != EACH or spared_bytes < LITTLE_BYTES:
        return None
    return Way(RELAY, f"{relay.name} spares {size(spared_bytes)}; {way.why}", spared_bytes=spared_bytes)


def checked(relay: Relay | None, way: Way) -> tuple[Relay | None, Way]:
    """
    Return the relay if it is the way, once it was found that it may be used; else the way without.

    :raises TaskError: it may not, and was asked for.
    """
    if relay is None or way.name != RELAY:
        return None, way
    try:
        relay.check()
    except TaskError as error:
        if relay.is_asked:
            raise
        say(f"without the relay {relay.name}: {error.what}")
        return None, Way(EACH, error.what)
    return relay, way


def carried(wanted: Wanted, relay: Relay, patience: Patience, note: Callable[[Progress], None]) -> Carried | None:
    """
    Carry what a box lacks by way of the relay, through drops of the line to it; return what that was, if anything.

    What the box has no means for is left to the copy.

    :raises TaskError: it stopped.
    """
    box = wanted.box
    progress = Progress()

    def attempt(number: int) -> Carried | None:
        with translated(box.name):
            if number > 1:
                for one in wanted.request.boxes:
                    one.reconnect()
            return relay.bring(wanted.request, wanted.plan, progress, lambda: note(progress))

    try:
        return persist(attempt, patience)[0]
    except ToolMissing as error:
        say(f"{box.name}: {error.what}; it is served over ssh")
    return None
