"""The proof of a copy: both ends compared, a receipt beside the destination, and whether the box is still needed."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ssh_transport.boundary import translated
from ssh_transport.facts.sizes import holds_over
from ssh_transport.settings import TransferSettings
from ssh_transport.stream import stream
from ssh_transport.text import count, one_line, size
from ssh_transport.transfer.engine import Progress
from ssh_transport.transfer.healing import healing
from ssh_transport.transfer.persist import persist
from ssh_transport.transfer.process import polite_kills_as_ctrl_c
from ssh_transport.transfer.remote_shell import RemoteShell
from ssh_transport.transfer.streams import streams_to_compare

from . import ends, receipt
from .comparison import Comparison, Merge
from .ends import Listing, Method
from .landing import Landing, landing
from .records import Reader, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ssh_transport.box import Box
    from ssh_transport.transfer.persist import Patience
    from ssh_transport.transfer.request import Options, Request

# Hashing more takes longer than a login does.
_LONG_BYTES, _LONG_NAMES = 500_000_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Proof:
    """
    What a comparison of both ends showed; ``receipt`` is where it is written down, empty for nowhere.

    ``streams`` tells of each connection that healed at the end, if it went over such, ``heals`` how many were replaced.
    """

    comparison: Comparison
    safe_to_destroy: bool
    verdict: str
    receipt: str
    seconds: float
    heals: int = 0
    streams: tuple[Mapping[str, float], ...] = ()

    def __str__(self) -> str:
        healed = f", {count(self.heals, 'connection')} healed" if self.heals else ""
        how = f"({self.seconds:.1f} s{healed})"
        lines = [f"{self.comparison} {how}" if self.comparison.identical else str(self.comparison)]
        lines += [f"receipt: {one_line(self.receipt)}"] if self.receipt else []
        return "\n".join([*lines, self.verdict])


def prove(
    box: Box, request: Request, patience: Patience, show: Callable[[Progress], None], *, keep: bool = True
) -> Proof:
    """
    Compare what a copy made the same, at both ends at once; what a link that broke leaves undone is done again.

    :param keep: whether to write a receipt, if everything arrived.
    :raises TaskError: the comparison could not be made; a difference is no error here.
    """
    start = time.monotonic()
    box.require("exec")

    with tempfile.TemporaryFile() as manifest, polite_kills_as_ctrl_c():
        job = _Job(box, request, show, manifest, keep=keep)
        (where, found, written), _ = persist(translated(box.name)(job.attempt), patience)
    needed = reasons(request.options, found)
    return Proof(
        comparison=found,
        safe_to_destroy=request.pull and not needed,
        verdict=_verdict(box, request, where, found, needed),
        receipt=written,
        seconds=round(time.monotonic() - start, 3),
        heals=job.link.meter.heals if job.link else 0,
        streams=tuple(job.link.meter.lanes) if job.link else (),
    )


class _Job:
    """A proof under way; what was compared whole is not compared again because its receipt can't be written at once."""

    def __init__(
        self, box: Box, request: Request, show: Callable[[Progress], None], manifest: BinaryIO, *, keep: bool
    ) -> None:
        self._box = box
        self._request = request
        self._show = show
        self._manifest = manifest
        self._keep = keep
        self._done: tuple[Landing, Comparison] | None = None
        self._progress = Progress()
        self.link: RemoteShell | None = None

    def attempt(self, number: int) -> tuple[Landing, Comparison, str]:
        """Compare, unless an earlier attempt did, and write the receipt."""
        if number > 1:
            self._box.reconnect()
        if self._done is None:
            where = landing(self._box, self._request)
            self._done = where, self._compare(where, is_again=number > 1)
            if self._keep and self.link and self.link.meter.heals:
                # What they healed from has cut the connection that is not theirs.
                self._box.reconnect()
        where, found = self._done
        if not self._keep or not found.arrived:
            return where, found, ""
        self._manifest.seek(0)
        return where, found, receipt.write(self._box, self._request, where, found, self._manifest)

    def _compare(self, where: Landing, *, is_again: bool) -> Comparison:
        """Compare both ends; the records that are at both go into the manifest, packed."""
        box, request, options = self._box, self._request, self._request.options
        how = ends.method(box)
        self._manifest.seek(0)
        self._manifest.truncate()

        def listing(path: str, *, is_source: bool) -> Listing:
            return Listing(path, where.prefix, options.exclude, options.copy_links and is_source, is_source)

        def tick(name: bytes) -> None:
            self._progress.current = name.decode("utf-8", "surrogateescape")
            self._beat(merge.bytes)

        source, target = listing(where.source, is_source=True), listing(where.target, is_source=False)
        far, near = (source, target) if request.pull else (target, source)
        theirs, ours = Reader(f"`{box.name}`", how.algorithm, self._beat), Reader("this machine", how.algorithm)
        with contextlib.ExitStack() as stack:
            packed = stack.enter_context(gzip.GzipFile(fileobj=self._manifest, mode="wb", mtime=0))
            merge = Merge(how.algorithm, where.source, packed.write)
            chunks = stack.enter_context(ends.here(near, how.algorithm))
            run = stack.enter_context(self._running(how, near.path, is_again=is_again))
            there = ends.records_there(box, far, how, theirs, run)
            if not how.box_has_python:
                chunks = stack.enter_context(ends.ahead(chunks))
            here = ends.records_here(chunks, ours)
            merge.compare(*((there, here) if request.pull else (here, there)), tick)
            merge.disturbed(theirs.end)
            merge.disturbed(ours.end)
            packed.write(Record(b"e", b"").packed)
        return merge.result()

    @contextlib.contextmanager
    def _running(self, how: Method, here: str, *, is_again: bool) -> Iterator[Callable[..., Iterator[bytes]]]:
        """
        Yield what the box's half is run with.

        :param here: what tells how much there is to hash: both ends should hold as much.
        """
        chosen = streams_to_compare(
            self._box,
            self._request.options.streams,
            how.python_version if how.python else (0, 0),
            takes_long=lambda: is_again or holds_over(here, limit_bytes=_LONG_BYTES, limit_names=_LONG_NAMES),
        )
        if chosen is None:
            yield stream
            return
        settings = TransferSettings.of(self._box.c)
        link = self.link = self.link or RemoteShell(self._box, chosen, how.python, settings)
        with healing(link, lambda: self._pulse(link)) as run:
            yield run

    def _pulse(self, link: RemoteShell) -> None:
        link.meter.show(self._progress)
        self._show(self._progress)

    def _beat(self, hashed_bytes: int) -> None:
        self._progress.done_bytes = max(self._progress.done_bytes, hashed_bytes)
        self._show(self._progress)


def reasons(options: Options, found: Comparison) -> list[str]:
    """Return why the source of a copy that was compared might still be needed."""
    needed = [] if found.arrived else [found.counts]
    if options.exclude:
        needed.append(f"left out on request: {', '.join(options.exclude)}")
    if found.special.count:
        what = "neither file, directory nor link, or left by an unfinished copy"
        needed.append(f"{found.special.count:,} {what}, e.g. {found.special.names[0]}")
    if found.outward.count:
        needed.append(f"{count(found.outward.count, 'symlink')} out of it, e.g. {found.outward.names[0]}")
    return [one_line(reason) for reason in needed]


def verdict_there(box: Box, where: Landing, found: Comparison) -> str:
    """Return in a sentence whether what was written to a box arrived there."""
    there = one_line(where.target).removeprefix("./")
    if not found.arrived:
        return f"NOT all of it is at {there} on {box.name}: {found.counts}"
    what = f"all {count(found.files, 'file')} ({size(found.bytes)}) under it"
    return f"{there} on {box.name}: {what} arrived and compared equal ({found.algorithm})"


def _verdict(box: Box, request: Request, where: Landing, found: Comparison, needed: list[str]) -> str:
    there = one_line(where.source).removeprefix("./")
    what = f"all {count(found.files, 'file')} ({size(found.bytes)}) under it"
    if not request.pull:
        return verdict_there(box, where, found)
    if needed:
        return f"NOT safe to destroy {box.name} as far as {there} goes: {'; '.join(needed)}"
    return f"safe to destroy {box.name} as far as {there} goes: {what} are here and compared equal ({found.algorithm})"
