"""What the two engines have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Write:
    """
    Something that will be made or replaced, by its name relative to the plan's root.

    ``partial`` is the file, named likewise, that an earlier attempt may have left of it; empty where there is none.
    """

    name: str
    bytes: int
    is_new: bool
    is_file: bool = False
    is_link: bool = False
    partial: str = ""


@dataclass(frozen=True)
class Plan:
    """
    What a copy will do: what needs copying, what will be deleted, what is left out, and one line for every change.

    ``partials`` are the files worth resuming, by name relative to ``root``, the directory that the names are below.
    ``writes`` is all that is made, directories too, in the order of the copy, and ``sources`` the names of the same at
    the source: relative to what holds it, or to itself where its contents are copied. ``outside_links`` are links that
    lead out of what is copied, as ``name -> target``; ``options`` the words of the engine that matter; ``in_place``
    whether files are overwritten instead of replaced.
    """

    files: int
    bytes: int
    changes: Sequence[str]
    links: int = 0
    deletions: int = 0
    skipped: Sequence[str] = ()
    root: str = ""
    partials: Sequence[str] = ()
    writes: Sequence[Write] = ()
    directories: int = 0
    outside_links: Sequence[str] = ()
    options: Sequence[str] = ()
    in_place: bool = False
    sources: Sequence[str] = ()


@dataclass
class Progress:
    """
    How far a copy is; engines write, whoever shows it reads.

    ``streams`` is how many connections are up, ``heals`` how many were replaced.
    """

    total_bytes: int = 0
    done_bytes: int = 0
    wire_bytes: int = 0
    current: str = ""
    attempt: int = 1
    streams: int = 1
    heals: int = 0


class Engine(Protocol):
    """A way to copy: plan, prepare, sow, then attempt until it holds; each further attempt prepares anew."""

    name: str

    @property
    def lanes(self) -> Sequence[Mapping[str, float]]:
        """What is known of each connection, where there were several."""

    @property
    def heals(self) -> int:
        """How many connections were replaced so far."""

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, all attempts."""

    def prepare(self) -> None:
        """Bring the target into the state in which an attempt can start: directories there, ghosts gone."""

    def plan(self) -> Plan:
        """Find out what needs copying, of a target that may be missing; change nothing."""

    def sow(self, plan: Plan) -> None:
        """Make the partial files that the plan asks for."""

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """
        Copy what is missing.

        :param tick: called whenever `progress` changed.
        :raises Dropped: the link broke; another attempt goes on from here.
        :raises TaskError: what another attempt can't cure.
        """

    def finish(self, plan: Plan) -> None:
        """Remove what a complete copy does not need."""
