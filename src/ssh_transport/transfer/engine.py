"""What the engines have in common: a plan, and attempts until it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .columns import Changes, Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ssh_transport.facts.abilities import Abilities
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress

    Bring = Callable[[Request, "Plan", Progress, Callable[[], None]], Carried | None]


@dataclass(frozen=True)
class Plan:
    """
    What a copy will do: what needs copying, what will be deleted, what is left out, and one line for every change.

    All names are relative to ``root``. ``partials`` are the files worth resuming. ``writes`` is all that is made,
    directories too, in the order of the copy, and ``sources`` the names of the same at the source: relative to what
    holds it, or to itself where its contents are copied. ``deletions`` are one by one what the target has and the
    source lacks, directories with a slash at their end; ``source_names`` and ``kept_names`` count what the source has,
    and how much of that the target has as well; ``matched`` counts its files and links alone; ``unlisted`` says what of
    either could not be listed, if that matters. ``dangling`` are links that should be followed and lead to nothing.
    ``outside_links`` are links that lead out of what is copied, as ``name -> target``; ``options`` the words of the
    engine that matter; ``in_place`` whether files are overwritten instead of replaced; ``losses`` say what the target
    will not have of what is copied. ``touched`` is said by a second look: the files that were touched since the first,
    by their names at the source; `None` if it did not ask.
    """

    files: int
    bytes: int
    changes: Changes = field(default_factory=Changes)
    links: int = 0
    deletions: Sequence[str] = ()
    source_names: int = 0
    kept_names: int = 0
    matched: int = 0
    unlisted: str = ""
    skipped: Sequence[str] = ()
    dangling: Sequence[str] = ()
    root: str = ""
    partials: Sequence[str] = ()
    writes: Writes = field(default_factory=Writes)
    directories: int = 0
    outside_links: Sequence[str] = ()
    options: Sequence[str] = ()
    in_place: bool = False
    sources: Sequence[str] = ()
    losses: Sequence[str] = ()
    touched: Sequence[str] | None = None

    @property
    def in_the_way(self) -> frozenset[str]:
        """What can be copied only after deletions: files and links where the target has a directory."""
        doomed = frozenset(self.deletions)
        return frozenset(write.name for write in self.writes if f"{write.name}/" in doomed)


class Engine(Protocol):
    """A way to copy: plan, then attempt until it holds. It deletes nothing: that is `deletion.py`'s."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def lanes(self) -> Sequence[Mapping[str, float]]:
        """What is known of each connection, where there were several."""

    @property
    def heals(self) -> int:
        """How many connections were replaced so far."""

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, all attempts."""

    def plan(self) -> Plan:
        """Find out what needs copying, of a target that may be missing; change nothing."""

    def source_names(self) -> Sequence[str]:
        """Return the names of all that is to be at the target, the filter applied, whatever is there already."""

    def adapt(self, able: Abilities) -> None:
        """From now on compare as the target's file system allows: with rounded times, or names of any case."""

    def take_in(self) -> None:
        """From now on look at what is at the target: something else than this engine has brought files there."""

    def attempt(
        self, plan: Plan, progress: Progress, tick: Callable[[], None], *, without: Collection[str] = ()
    ) -> None:
        """
        Copy what is missing, and end what an earlier attempt left running, even if nothing is.

        :param tick: called whenever `progress` changed.
        :param without: names of the plan that are not copied yet.
        :raises Dropped: the link broke; another attempt goes on from here.
        :raises TaskError: what another attempt can't cure.
        """

    def look_again(self, plan: Plan) -> Plan:
        """Plan once more after `plan` was carried out: what it names was written to while it was read."""
