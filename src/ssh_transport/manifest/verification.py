"""Verifies a copy: compares both ends, writes a receipt, and decides whether the source may be destroyed."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ssh_transport.box.stream import stream
from ssh_transport.errors.translation import translated
from ssh_transport.facts.sizes import holds_over
from ssh_transport.link.healing import healing
from ssh_transport.link.persist import persist
from ssh_transport.link.remote_shell import RemoteShell
from ssh_transport.link.streams import streams_to_compare
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import are, count, every_file, one_line

from . import ends, receipt
from .compared import ComparedPaths, compared_paths
from .comparison import Comparison, Merge
from .ends import Listing, Method
from .keeping import Unwritten, kept
from .records import Reader, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.link.persist import Patience
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.options import Options
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.pace import Sample

    from .held import Held

# Hashing more than this takes longer than a login.
_LONG_BYTES, _LONG_NAMES = 500_000_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Verification:
    """
    The result of comparing both ends.

    :ivar comparison: how much was compared, and every difference.
    :ivar safe_to_destroy: whether nothing of the path is on the box alone.
    :ivar verdict: that in a sentence.
    :ivar receipt: the path of the receipt; empty if none was written.
    :ivar seconds: how long it took.
    :ivar heals: how many connections were replaced.
    :ivar streams: each connection at its end, if several carried the listing.
    :ivar unwritten: why there is no receipt, if one could not be written: the result holds all the same.

    >>> found = transfer.pull(c, path="ck/", to="here/", on="proj-1", verify=True).verification
    >>> found.comparison.files, found.comparison.algorithm, found.safe_to_destroy
    (2, 'sha256', True)
    """

    comparison: Comparison
    safe_to_destroy: bool
    verdict: str
    receipt: str
    seconds: float
    heals: int = 0
    streams: tuple[Mapping[str, float], ...] = ()
    unwritten: Unwritten | None = None

    def __str__(self) -> str:
        healed = f", {count(self.heals, 'connection')} healed" if self.heals else ""
        how = f"({self.seconds:.1f} s{healed})"
        lines = [f"{self.comparison} {how}" if self.comparison.identical else str(self.comparison)]
        lines += [f"receipt: {one_line(self.receipt)}"] if self.receipt else []
        lines += [f"no receipt: {self.unwritten.why}"] if self.unwritten else []
        return "\n".join([*lines, self.verdict])


def verify(  # noqa: PLR0913 - what is compared, how, and what comes of it
    request: Request,
    patience: Patience,
    show: Callable[[Progress], None],
    *,
    keep: bool = True,
    exact: bool = False,
    how: Method | None = None,
    into: BinaryIO | None = None,
    pace: Sequence[Sample] = (),
    held: Held | None = None,
    via: Carried | None = None,
) -> Verification:
    """
    Compare both ends of a copy, which hash at the same time; if the link breaks, the comparison is made again.

    :param keep: whether to write a receipt if everything arrived.
    :param exact: whether both ends are to be the same: then a name that only the target has is a reason, too.
    :param how: the result of `ends.method`, if it is known already.
    :param into: a file for the manifest, where a caller needs it.
    :param pace: how fast the copy was, for the receipt.
    :param held: the listings of the source, where that is compared with other targets too.
    :param via: what of the copy went by way of a relay, likewise.
    :raises TaskError: the ends could not be compared; a difference is not an error here.
    """
    start, box = time.monotonic(), request.box
    box.require("exec")

    with contextlib.ExitStack() as stack:
        manifest = into or stack.enter_context(tempfile.TemporaryFile())
        stack.enter_context(polite_kills_as_ctrl_c())
        job = _Job(request, show, manifest, how, pace=pace, held=held, via=via)
        (where, found), _ = persist(translated(box.name)(job.compare), patience)
        written, unwritten = "", None
        if keep and found.arrived:
            writing = translated(box.name)(lambda number: job.write(number, where, found))
            written, unwritten = kept(writing, patience, request.target.name)
    needed = reasons(request.options, found, exact=exact)
    return Verification(
        comparison=found,
        safe_to_destroy=request.target.is_here and not needed,
        verdict=_verdict(request, where, found, needed),
        receipt=written,
        seconds=round(time.monotonic() - start, 3),
        heals=job.link.meter.heals if job.link else 0,
        streams=tuple(job.link.meter.lanes) if job.link else (),
        unwritten=unwritten,
    )


class _Job:
    """A running verification; if only the receipt could not be written, a retry does not compare again."""

    def __init__(  # noqa: PLR0913 - as above
        self,
        request: Request,
        show: Callable[[Progress], None],
        manifest: BinaryIO,
        how: Method | None,
        *,
        pace: Sequence[Sample],
        held: Held | None,
        via: Carried | None,
    ) -> None:
        self._box = request.box
        self._request = request
        self._show = show
        self._manifest = manifest
        self._pace, self._via = pace, via
        self._how = how
        self._list_here = held.here if held else ends.here
        self._progress = Progress()
        self.link: RemoteShell | None = None

    def compare(self, number: int) -> tuple[ComparedPaths, Comparison]:
        """Compare, over a new connection if it is not the first attempt."""
        if number > 1:
            self._box.reconnect()
        where = compared_paths(self._request)
        return where, self._compare(where, is_again=number > 1)

    def write(self, number: int, where: ComparedPaths, found: Comparison) -> str:
        """Write the receipt and return its path."""
        # A fault that broke the streams has probably broken the box's own connection as well.
        if number > 1 or (self.link and self.link.meter.heals):
            self._box.reconnect()
        return receipt.write(self._request, where, found, self._manifest, pace=self._pace, via=self._via)

    def _compare(self, where: ComparedPaths, *, is_again: bool) -> Comparison:
        """Compare both ends, and write the records that are at both into the manifest."""
        box, request, options = self._box, self._request, self._request.options
        how = self._how = self._how or ends.method(box)
        self._manifest.seek(0)
        self._manifest.truncate()

        def listing(path: str, *, is_source: bool) -> Listing:
            follows = options.copy_links if is_source else options.follows_at_target
            return Listing(path, where.prefix, options.exclude, follows, is_source)

        def tick(name: bytes) -> None:
            self._progress.current = name.decode("utf-8", "surrogateescape")
            self._beat(merge.bytes)

        source, target = listing(where.source, is_source=True), listing(where.target, is_source=False)
        there_path, here_path = (source, target) if request.target.is_here else (target, source)
        theirs, ours = Reader(f"`{box.name}`", how.algorithm, self._beat), Reader("this machine", how.algorithm)
        with contextlib.ExitStack() as stack:
            packed = stack.enter_context(gzip.GzipFile(fileobj=self._manifest, mode="wb", mtime=0))
            merge = Merge(how.algorithm, where.source, packed.write)
            chunks = stack.enter_context(self._list_here(here_path, how.algorithm))
            run = stack.enter_context(self._running(how, here_path.path, is_again=is_again))
            there = ends.records_there(box, there_path, how, theirs, run)
            if not how.box_has_python:
                chunks = stack.enter_context(ends.ahead(chunks))
            here = ends.records_here(chunks, ours)
            merge.compare(*((there, here) if request.target.is_here else (here, there)), tick)
            merge.count_changed(theirs.end)
            merge.count_changed(ours.end)
            packed.write(Record(b"e", b"").packed)
        return merge.result()

    @contextlib.contextmanager
    def _running(self, how: Method, here: str, *, is_again: bool) -> Iterator[Callable[..., Iterator[bytes]]]:
        """
        Yield the function that runs the box's listing: `stream`, or one over several connections for a long listing.

        :param here: the local path, whose size is used as an estimate for both ends.
        """
        streams = streams_to_compare(
            self._box,
            self._request.options.streams,
            how.python_version if how.python else (0, 0),
            takes_long=lambda: is_again or holds_over(here, limit_bytes=_LONG_BYTES, limit_names=_LONG_NAMES),
        )
        if streams is None:
            yield stream
            return
        settings = TransferSettings.of(self._box.c)
        link = self.link = self.link or RemoteShell(self._box, streams, how.python, settings)
        with healing(link, lambda: self._pulse(link)) as run:
            yield run

    def _pulse(self, link: RemoteShell) -> None:
        link.meter.show(self._progress)
        self._show(self._progress)

    def _beat(self, hashed_bytes: int) -> None:
        self._progress.done_bytes = max(self._progress.done_bytes, hashed_bytes)
        self._show(self._progress)


def reasons(options: Options, found: Comparison, *, exact: bool = False) -> list[str]:
    """
    Return the reasons why the source of a compared copy might still be needed.

    :param exact: see `verify`.
    """
    needed = [] if (found.identical if exact else found.arrived) else [found.counts]
    if options.exclude:
        needed.append(f"left out on request: {', '.join(options.exclude)}")
    if found.special.count:
        what = "neither file, directory nor link, or left by an unfinished copy"
        needed.append(f"{found.special.count:,} {what}, e.g. {found.special.names[0]}")
    if found.outward.count:
        needed.append(f"{count(found.outward.count, 'symlink')} out of it, e.g. {found.outward.names[0]}")
    return [one_line(reason) for reason in needed]


def verdict_there(box: Box, where: ComparedPaths, found: Comparison) -> str:
    """Return one sentence on whether everything arrived on a target box."""
    there = one_line(where.target).removeprefix("./")
    if not found.arrived:
        return f"NOT all of it is at {there} on {box.name}: {found.counts}"
    what = every_file(found.files, found.bytes)
    return f"{there} on {box.name}: {what} arrived and compared equal ({found.algorithm})"


def _verdict(request: Request, where: ComparedPaths, found: Comparison, needed: list[str]) -> str:
    box, there = request.box, one_line(where.source).removeprefix("./")
    if not request.target.is_here:
        return verdict_there(box, where, found)
    if needed:
        return f"NOT safe to destroy {box.name} as far as {there} goes: {'; '.join(needed)}"
    what = f"{every_file(found.files, found.bytes)} {are(found.files)} here and compared equal ({found.algorithm})"
    return f"safe to destroy {box.name} as far as {there} goes: {what}"
