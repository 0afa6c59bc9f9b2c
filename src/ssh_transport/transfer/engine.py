"""What the two engines have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Plan:
    """
    What a copy will do: what needs copying, what will be deleted, what is left out, and one line for every change.

    ``partials`` are the files worth resuming, by name relative to ``root``, the directory that the names are below.
    """

    files: int
    bytes: int
    changes: Sequence[str]
    links: int = 0
    deletions: int = 0
    skipped: Sequence[str] = ()
    root: str = ""
    partials: Sequence[str] = ()


@dataclass
class Progress:
    """How far a copy is; engines write, whoever shows it reads."""

    total_bytes: int = 0
    done_bytes: int = 0
    wire_bytes: int = 0
    current: str = ""
    attempt: int = 1


class Engine(Protocol):
    """A way to copy: prepare, plan, sow, then attempt until it holds."""

    name: str

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, all attempts."""

    def prepare(self) -> None:
        """Bring the target into the state in which an attempt can start: directories there, ghosts gone."""

    def plan(self) -> Plan:
        """Find out what needs copying; change nothing."""

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
