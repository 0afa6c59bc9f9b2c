"""Programs that are fed by several threads."""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from ssh_transport.box.carrier.fed import Fed
from ssh_transport.box.carrier.program import Spawned

FEEDERS = 8
# More than a pipe holds.
BYTES = 200_000


def test_what_a_thread_feeds_stays_together() -> None:
    begin = threading.Barrier(FEEDERS)

    def feeds(number: int) -> None:
        begin.wait()
        session.feed(bytes([number]) * BYTES, last=False)

    def ends(feeding: list[Future[None]]) -> None:
        wait(feeding)
        session.feed(b"", last=True)

    with Fed(partial(Spawned, ["cat"], os.environ)) as session, ThreadPoolExecutor(FEEDERS + 1) as pool:
        feeding = [pool.submit(feeds, number) for number in range(FEEDERS)]
        pool.submit(ends, feeding)
        said = b"".join(session.pieces(None))

    runs = [(value, len(list(run))) for value, run in itertools.groupby(said)]
    assert sorted(runs) == [(number, BYTES) for number in range(FEEDERS)]
