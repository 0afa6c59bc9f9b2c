"""The proof of a copy from box to box: both hash at the same time, and their listings meet here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ssh_transport.boundary import translated
from ssh_transport.transfer.engine import Progress
from ssh_transport.transfer.persist import persist
from ssh_transport.transfer.process import polite_kills_as_ctrl_c

from . import ends
from .comparison import Comparison, Merge
from .ends import Listing, Method
from .landing import Landing, landing
from .proof import Proof, verdict_there
from .records import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.transfer.persist import Patience
    from ssh_transport.transfer.request import Request


def prove_between(  # noqa: PLR0913, PLR0917 - two boxes, and how each of them hashes
    source: Box,
    target: Box,
    request: Request,
    how: tuple[Method, Method],
    patience: Patience,
    show: Callable[[Progress], None],
) -> Proof:
    """
    Compare what a copy from box to box made the same; after a cut, once more from the start. No receipt is written.

    :param how: what `ends.methods` said of the two.
    :raises TaskError: the comparison could not be made; a difference is no error here.
    """
    start = time.monotonic()

    def attempt(number: int) -> tuple[Landing, Comparison]:
        if number > 1:
            source.reconnect()
            target.reconnect()
        where = landing(source, request, target)
        return where, _compare((source, target), request, where, how, show)

    with polite_kills_as_ctrl_c():
        (where, found), _ = persist(translated(f"{source.name} or {target.name}")(attempt), patience)
    return Proof(
        comparison=found,
        safe_to_destroy=False,
        verdict=verdict_there(target, where, found),
        receipt="",
        seconds=round(time.monotonic() - start, 3),
    )


def _compare(
    boxes: tuple[Box, Box],
    request: Request,
    where: Landing,
    how: tuple[Method, Method],
    show: Callable[[Progress], None],
) -> Comparison:
    options, progress = request.options, Progress()

    def tick(name: bytes) -> None:
        progress.current = name.decode("utf-8", "surrogateescape")
        beat(merge.bytes)

    def beat(hashed_bytes: int) -> None:
        progress.done_bytes = max(progress.done_bytes, hashed_bytes)
        show(progress)

    source = Listing(where.source, where.prefix, options.exclude, options.copy_links)
    target = Listing(where.target, where.prefix, options.exclude, is_source=False)
    merge = Merge(how[0].algorithm, where.source)
    readers = [Reader(f"`{box.name}`", method.algorithm, beat) for box, method in zip(boxes, how, strict=True)]
    # The second is begun at once as well: it hashes while the first is read.
    first, second = (
        ends.records_there(box, listing, method, reader)
        for box, listing, method, reader in zip(boxes, (source, target), how, readers, strict=True)
    )
    merge.compare(first, second, tick)
    for reader in readers:
        merge.disturbed(reader.end)
    return merge.result()
