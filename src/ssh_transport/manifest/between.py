"""Compares the two ends of a copy from box to box: both hash at the same time, and the listings are compared here."""

from __future__ import annotations

import gzip
import tempfile
import time
from typing import TYPE_CHECKING, BinaryIO

from ssh_transport.box.stream import stream
from ssh_transport.errors.translation import translated
from ssh_transport.link.persist import persist
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c

from . import ends, receipt
from .compared import ComparedPaths, compared_paths
from .comparison import Comparison, Merge
from .ends import Listing, Method
from .keeping import kept
from .records import Reader, Record
from .verification import Verification, verdict_there

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.link.persist import Patience
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request

    from .held import Held


def verify_between(  # noqa: PLR0913 - what is compared, how, and what comes of it
    request: Request,
    how: tuple[Method, Method],
    patience: Patience,
    show: Callable[[Progress], None],
    *,
    keep: bool = True,
    held: Held | None = None,
    via: Carried | None = None,
) -> Verification:
    """
    Compare the two ends of a copy from box to box; if a link breaks, start again. The receipt is on the target box.

    :param keep: whether to write a receipt if everything arrived.
    :param how: the result of `ends.methods` for the two boxes.
    :param held: the listings of the source, where that is compared with other targets too.
    :param via: what of the copy went by way of a relay, for the receipt.
    :raises TaskError: the ends could not be compared; a difference is not an error here.
    """
    start = time.monotonic()
    source, target = request.boxes

    def reconnect(number: int) -> None:
        if number > 1:
            source.reconnect()
            target.reconnect()

    with tempfile.TemporaryFile() as manifest, polite_kills_as_ctrl_c():

        def compare(number: int) -> tuple[ComparedPaths, Comparison]:
            reconnect(number)
            where = compared_paths(request)
            return where, _compare(request, where, how, show, manifest, held=held)

        def write(number: int) -> str:
            reconnect(number)
            return receipt.write(request, where, found, manifest, via=via)

        names = translated(f"{source.name} or {target.name}")
        (where, found), _ = persist(names(compare), patience)
        written, unwritten = kept(names(write), patience, target.name) if keep and found.arrived else ("", None)
    return Verification(
        comparison=found,
        safe_to_destroy=False,
        verdict=verdict_there(target, where, found),
        receipt=written,
        seconds=round(time.monotonic() - start, 3),
        unwritten=unwritten,
    )


def _compare(  # noqa: PLR0913 - as above
    request: Request,
    where: ComparedPaths,
    how: tuple[Method, Method],
    show: Callable[[Progress], None],
    manifest: BinaryIO,
    *,
    held: Held | None,
) -> Comparison:
    """Compare both ends, and write the records that are at both into the manifest."""
    options, progress = request.options, Progress()

    def tick(name: bytes) -> None:
        progress.current = name.decode("utf-8", "surrogateescape")
        beat(merge.bytes)

    def beat(hashed_bytes: int) -> None:
        progress.done_bytes = max(progress.done_bytes, hashed_bytes)
        show(progress)

    source = Listing(where.source, where.prefix, options.exclude, options.copy_links)
    target = Listing(where.target, where.prefix, options.exclude, is_source=False)
    manifest.seek(0)
    manifest.truncate()
    packed = gzip.GzipFile(fileobj=manifest, mode="wb", mtime=0)
    merge = Merge(how[0].algorithm, where.source, packed.write)
    readers = [Reader(f"`{box.name}`", method.algorithm, beat) for box, method in zip(request.boxes, how, strict=True)]
    runs = held.there if held else stream, stream
    # Both are started at once, so the second hashes while the first is read.
    first, second = (
        ends.records_there(box, listing, method, reader, run)
        for box, listing, method, reader, run in zip(request.boxes, (source, target), how, readers, runs, strict=True)
    )
    with packed:
        merge.compare(first, second, tick)
        packed.write(Record(b"e", b"").packed)
    for reader in readers:
        merge.count_changed(reader.end)
    return merge.result()
