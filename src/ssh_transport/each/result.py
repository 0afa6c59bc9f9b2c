"""What became of each directory, and of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssh_transport.text import are, count, every_file, one_line, size

if TYPE_CHECKING:
    from ssh_transport.manifest.keeping import Unwritten

State = Literal["complete", "copied", "failed", "there", "differs", "missing"]
HEADINGS = ("directory", "state", "by", "files", "size", "over the wire", "attempts", "s", "why")
_TOLD = 3


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    What became of one directory.

    ``state`` is *complete* (nothing was missing), *copied* or *failed*; in a dry run *there*, *differs* or *missing*,
    by what the engine plans. ``judged_by`` says how that is known: by *manifest*, files and bytes are what compared
    equal; by *size*, or in a dry run, they are what was or would be sent. No attempt means that nothing had to be
    copied. ``needed`` are reasons why the source might still be needed.
    """

    name: str
    state: State
    files: int = 0
    bytes: int = 0
    seconds: float = 0
    attempts: int = 0
    wire_bytes: int = 0
    judged_by: Literal["manifest", "size", "plan", ""] = ""
    needed: tuple[str, ...] = ()
    why: str = ""
    exit_code: int = 0

    @property
    def row(self) -> tuple[str, ...]:
        """The cells under `HEADINGS`."""
        state = f"failed ({self.exit_code})" if self.state == "failed" else self.state
        numbers = (
            f"{self.files:,}",
            size(self.bytes),
            size(self.wire_bytes),
            str(self.attempts),
            f"{self.seconds:.1f}",
        )
        return (one_line(self.name), state, self.judged_by, *numbers, one_line(self.why))


@dataclass(frozen=True, kw_only=True)
class Each:
    """
    What became of a copy directory by directory.

    :ivar box: the box, as it was named.
    :ivar source: the path whose entries were copied.
    :ivar target: where they are now.
    :ivar directories: what became of each.
    :ivar beside: what became of the files and links beside the directories.
    :ivar seconds: how long all of it took.
    :ivar safe_to_destroy: whether nothing of the path is on the box alone: all of a pull was compared equal.
    :ivar verdict: that in a sentence.
    :ivar dry_run: whether nothing was copied.
    :ivar receipt: the path of the receipt of all of it; empty if there is none.
    :ivar unwritten: why it could not be written, if so.

    >>> each = transfer.pull_each(c, path="ck/", to="runs/", on="proj-1")
    >>> [(one.name, one.state, one.files) for one in each.directories]
    [('run', 'copied', 1)]
    """

    box: str
    source: str
    target: str
    directories: tuple[Outcome, ...]
    beside: Outcome
    seconds: float
    safe_to_destroy: bool
    verdict: str
    dry_run: bool
    receipt: str = ""
    unwritten: Unwritten | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All of them."""
        return (*self.directories, self.beside)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """What has not arrived."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "failed")

    @property
    def counts(self) -> str:
        """How many directories are complete, in a few words."""
        total = len(self.directories)
        if self.dry_run:
            states = [outcome.state for outcome in self.directories]
            found = {state: states.count(state) for state in ("complete", "there", "differs", "missing", "failed")}
            said = ", ".join(f"{number} {state}" for state, number in found.items() if number) or "none"
            to_copy = size(sum(outcome.bytes for outcome in self.outcomes))
            return f"of {count(total, 'directory')} {said}; {to_copy} to copy"
        whole = total - sum(outcome.state == "failed" for outcome in self.directories)
        beside = ", what lies beside them is not" if self.beside.state == "failed" else ""
        return f"{whole} of {count(total, 'directory')} {are(total)} complete{beside}"

    def __str__(self) -> str:
        where = f"{one_line(self.source)} -> {one_line(self.target)}"
        if self.dry_run:
            return f"dry run: {where}: {self.counts}"
        wire = size(sum(outcome.wire_bytes for outcome in self.outcomes))
        lines = [f"{where}: {self.counts} ({self.seconds:.1f} s, {wire} over the wire)"]
        lines += [f"receipt: {one_line(self.receipt)}"] if self.receipt else []
        lines += [f"no receipt: {self.unwritten.why}"] if self.unwritten else []
        return "\n".join([*lines, *([self.verdict] if self.verdict else [])])


def verdict(box: str, path: str, outcomes: tuple[Outcome, ...]) -> tuple[bool, str]:
    """Say whether a box that was pulled from is safe to destroy as far as a path goes."""
    needed = list(dict.fromkeys(f"{o.name}: {reason}" for o in outcomes for reason in (o.needed or _unproven(o))))
    where = f"{box} as far as {one_line(path).removeprefix('./')} goes"
    if needed:
        more = f"; and {len(needed) - _TOLD} more" if len(needed) > _TOLD else ""
        return False, f"NOT safe to destroy {where}: {'; '.join(map(one_line, needed[:_TOLD]))}{more}"
    files, held_bytes = sum(outcome.files for outcome in outcomes), sum(outcome.bytes for outcome in outcomes)
    return True, f"safe to destroy {where}: {every_file(files, held_bytes)} {are(files)} here and compared equal"


def _unproven(outcome: Outcome) -> list[str]:
    if outcome.state == "failed":
        return [outcome.why]
    return [] if outcome.judged_by == "manifest" else ["nothing was compared"]
