"""The proof of a copy: both ends compared, a receipt beside the destination, and whether the box is still needed."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ssh_transport.boundary import translated
from ssh_transport.text import count, one_line, size
from ssh_transport.transfer.engine import Progress
from ssh_transport.transfer.persist import persist
from ssh_transport.transfer.process import polite_kills_as_ctrl_c

from . import ends, receipt
from .comparison import Comparison, Merge
from .ends import Listing
from .landing import Landing, landing
from .records import Reader, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.transfer.persist import Patience
    from ssh_transport.transfer.request import Options, Request


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a comparison of both ends showed; ``receipt`` is where it is written down, empty for nowhere."""

    comparison: Comparison
    safe_to_destroy: bool
    verdict: str
    receipt: str
    seconds: float

    def __str__(self) -> str:
        lines = [f"{self.comparison} ({self.seconds:.1f} s)" if self.comparison.identical else str(self.comparison)]
        lines += [f"receipt: {one_line(self.receipt)}"] if self.receipt else []
        return "\n".join([*lines, self.verdict])


def prove(
    box: Box, request: Request, patience: Patience, show: Callable[[Progress], None], *, keep: bool = True
) -> Proof:
    """
    Compare what a copy made the same, at both ends at once; after a cut, once more from the start.

    :param keep: whether to write a receipt, if everything arrived.
    :raises TaskError: the comparison could not be made; a difference is no error here.
    """
    start = time.monotonic()
    box.require("exec")

    def attempt(number: int) -> tuple[Landing, Comparison, str]:
        if number > 1:
            box.reconnect()
        where = landing(box, request)
        with tempfile.TemporaryFile() as manifest:
            found = _compare(box, request, where, manifest, show)
            manifest.seek(0)
            written = receipt.write(box, request, where, found, manifest) if keep and found.arrived else ""
        return where, found, written

    with polite_kills_as_ctrl_c():
        (where, found, written), _ = persist(translated(box.name)(attempt), patience)
    needed = reasons(request.options, found)
    return Proof(
        comparison=found,
        safe_to_destroy=request.pull and not needed,
        verdict=_verdict(box, request, where, found, needed),
        receipt=written,
        seconds=round(time.monotonic() - start, 3),
    )


def _compare(
    box: Box, request: Request, where: Landing, manifest: BinaryIO, show: Callable[[Progress], None]
) -> Comparison:
    """Compare both ends; the records that are at both go into `manifest`, packed."""
    how = ends.method(box)
    options = request.options
    progress = Progress()

    def listing(path: str, *, is_source: bool) -> Listing:
        return Listing(path, where.prefix, options.exclude, options.copy_links and is_source, is_source)

    def tick(name: bytes) -> None:
        progress.current = name.decode("utf-8", "surrogateescape")
        beat(merge.bytes)

    def beat(hashed_bytes: int) -> None:
        progress.done_bytes = max(progress.done_bytes, hashed_bytes)
        show(progress)

    source, target = listing(where.source, is_source=True), listing(where.target, is_source=False)
    far, near = (source, target) if request.pull else (target, source)
    theirs, ours = Reader(f"`{box.name}`", how.algorithm, beat), Reader("this machine", how.algorithm)
    with contextlib.ExitStack() as stack:
        packed = stack.enter_context(gzip.GzipFile(fileobj=manifest, mode="wb", mtime=0))
        merge = Merge(how.algorithm, where.source, packed.write)
        chunks = stack.enter_context(ends.here(near, how.algorithm))
        there = ends.records_there(box, far, how, theirs)
        if not how.box_has_python:
            chunks = stack.enter_context(ends.ahead(chunks))
        here = ends.records_here(chunks, ours)
        merge.compare(*((there, here) if request.pull else (here, there)), tick)
        merge.disturbed(theirs.end)
        merge.disturbed(ours.end)
        packed.write(Record(b"e", b"").packed)
    return merge.result()


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
