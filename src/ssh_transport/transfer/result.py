"""What came of a copy, or would come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.code import Code
    from ssh_transport.manifest import Verification
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.pace import Sample

    from .ends import Ends
    from .engine import Engine, Plan


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """
    What a copy did.

    :ivar box: the box, as it was named.
    :ivar source: what was copied.
    :ivar target: where it is now.
    :ivar engine: ``rsync`` or ``sftp``.
    :ivar matched: how many files and links the source has, once the filter left out what it leaves out.
    :ivar files: how many files were sent.
    :ivar bytes: their size.
    :ivar links: how many symlinks were made.
    :ivar deletions: names that were deleted at the target.
    :ivar skipped: what was left out: sockets, devices.
    :ivar wire_bytes: what crossed the link in both directions, in every attempt.
    :ivar seconds: how long it took.
    :ivar attempts: how many connections it took; 0 if nothing was to be copied.
    :ivar heals: how many of several connections were replaced.
    :ivar streams: each connection at its end, where there were several.
    :ivar pace: how it got on, second by second.
    :ivar verification: the comparison of both ends, if it was asked for.
    :ivar code: what is known of the commit, of a push of a git checkout.
    :ivar via: what went by way of a relay, if anything.

    >>> pulled = transfer.pull(c, path="ck/", to="here/", on="proj-1")
    >>> pulled.files, pulled.bytes, pulled.attempts
    (2, 14, 1)
    """

    box: str
    source: str
    target: str
    engine: str
    matched: int
    files: int
    bytes: int
    links: int
    deletions: tuple[str, ...]
    skipped: tuple[str, ...]
    wire_bytes: int
    seconds: float
    attempts: int
    heals: int = 0
    streams: tuple[Mapping[str, float], ...] = ()
    pace: tuple[Sample, ...] = ()
    verification: Verification | None = None
    code: Code | None = None
    via: Carried | None = None

    @classmethod
    def of(  # noqa: PLR0913 - all that a copy leaves behind
        cls,
        request: Request,
        engine: Engine,
        plan: Plan,
        *,
        attempts: int,
        seconds: float,
        pace: tuple[Sample, ...],
        via: Carried | None = None,
    ) -> Self:
        """Return what came of a copy that is done."""
        return cls(
            box=request.box.name,
            source=str(request.source),
            target=str(request.target),
            engine=engine.name,
            matched=plan.matched,
            files=plan.files,
            bytes=plan.bytes,
            links=plan.links,
            deletions=tuple(plan.deletions),
            skipped=tuple(plan.skipped),
            wire_bytes=engine.wire_bytes,
            seconds=seconds,
            attempts=attempts,
            heals=engine.heals,
            streams=tuple(engine.lanes),
            pace=pace,
            via=via,
        )

    def plus(self, later: Transfer) -> Self:
        """Return the sum with what came after it, in the same copy."""
        return replace(
            self,
            files=self.files + later.files,
            bytes=self.bytes + later.bytes,
            links=self.links + later.links,
            deletions=(*self.deletions, *later.deletions),
            wire_bytes=self.wire_bytes + later.wire_bytes,
            seconds=round(self.seconds + later.seconds, 3),
            attempts=max(self.attempts, later.attempts),
        )

    @property
    def in_short(self) -> str:
        """It without what stands beside it in a table; the first line is for the table, the others come below it."""
        what = described(self.files, None, self.links, len(self.deletions))
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        verified = ", verified" if self.verification and self.verification.comparison.arrived else ""
        below = "".join(f"\n{text}" for text in (self.verification, self.code) if text)
        return f"{what}{tries}{verified}{below}"

    def __str__(self) -> str:
        what = described(self.files, self.bytes, self.links, len(self.deletions))
        where = f"{one_line(self.source)} -> {one_line(self.target)}"
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        verification = f"\n{self.verification}" if self.verification else ""
        lanes = f" on {count(len(self.streams), 'connection')}" if len(self.streams) > 1 else ""
        healed = f", {self.heals} healed" if self.heals else ""
        rate = f" at {size(self.wire_bytes / self.seconds)}/s" if self.files and self.seconds else ""
        wire = f"{size(self.wire_bytes)} over the wire{lanes}{rate}{healed}"
        code = f"\n{self.code}" if self.code else ""
        via = f"; {self.via}" if self.via else ""
        return f"{where}: {what} in {self.seconds:.1f} s{tries}; {wire}{via}{verification}{code}"


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """
    What a copy would do, and what it would find at the target.

    :ivar box: the box, as it was named.
    :ivar source: what would be copied.
    :ivar target: where to.
    :ivar landing: the path that the file or directory will have.
    :ivar engine: ``rsync`` or ``sftp``.
    :ivar options: the engine's own words.
    :ivar matched: how many files and links the source has, once the filter left out what it leaves out.
    :ivar files: how many files would be sent.
    :ivar bytes: their size.
    :ivar links: how many symlinks would be made.
    :ivar directories: how many directories would be.
    :ivar deletions: names that would be deleted at the target.
    :ivar skipped: what would be left out: sockets, devices.
    :ivar outside_links: symlinks that would lead elsewhere.
    :ivar changes: each of these in a line.
    :ivar free_bytes: room at the target; `None` if it does not tell.
    :ivar free_inodes: likewise.
    :ivar filesystem: the type of the target's; empty if it does not tell.
    :ivar umask: of the target, in octal; empty likewise.
    :ivar python: of the target, for several connections; empty if it has none.
    :ivar dry_run: always true.
    :ivar code: what is known of the commit, of a push of a git checkout.

    >>> plan = transfer.pull(c, path="ck/", to="here/", on="proj-1", dry_run=True)
    >>> plan.files, plan.bytes
    (2, 14)
    """

    box: str
    source: str
    target: str
    landing: str
    engine: str
    options: tuple[str, ...]
    matched: int
    files: int
    bytes: int
    links: int
    directories: int
    deletions: tuple[str, ...]
    skipped: tuple[str, ...]
    outside_links: tuple[str, ...]
    changes: tuple[str, ...]
    free_bytes: int | None
    free_inodes: int | None
    filesystem: str
    umask: str
    python: str
    dry_run: bool = True
    code: Code | None = None

    @classmethod
    def of(cls, request: Request, ends: Ends, engine: Engine, plan: Plan) -> Self:
        """Return what would come of a copy."""
        directory = ends.destination.directory
        return cls(
            box=request.box.name,
            source=str(request.source),
            target=str(request.target),
            landing=ends.path,
            engine=engine.name,
            options=tuple(plan.options),
            matched=plan.matched,
            files=plan.files,
            bytes=plan.bytes,
            links=plan.links,
            directories=plan.directories,
            deletions=tuple(plan.deletions),
            skipped=tuple(plan.skipped),
            outside_links=tuple(plan.outside_links),
            changes=tuple(plan.changes),
            free_bytes=directory.free_bytes,
            free_inodes=directory.free_inodes,
            filesystem=directory.filesystem.kind if directory.filesystem else "",
            umask="" if directory.umask is None else f"{directory.umask:04o}",
            python=ends.remote.python if ends.remote else "",
        )

    def __str__(self) -> str:
        what = described(self.files, self.bytes, self.links, len(self.deletions))
        return f"dry run: {one_line(self.source)} -> {one_line(self.target)}: {what}"


def described(files: int, size_bytes: int | None, links: int, deletions: int) -> str:
    """Return what a copy does in a few words; its size may stand elsewhere."""
    said = [count(files, "file"), *([size(size_bytes)] if size_bytes is not None else [])] if files else []
    said += [count(links, "symlink")] if links else []
    said += [count(deletions, "deletion")] if deletions else []
    return ", ".join(said) or "nothing to copy"
