"""Programs that keep to a rate together."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import pytest

from ssh_transport.box import payer, share
from ssh_transport.box.share import SharedRate

_BYTES_S, _COUNT = 4_000_000, 1_000_000
_PAYS = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("payer", sys.argv[1])
payer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(payer)
payer.Payer(int(sys.argv[2]), float(sys.argv[3])).take(int(sys.argv[4]))
"""


def test_programs_and_threads_together_take_no_more_than_the_rate() -> None:
    with SharedRate() as pace:
        start_s = time.monotonic()
        words = [payer.__file__, str(pace.fd), str(_BYTES_S), str(_COUNT)]
        programs = [
            subprocess.Popen([sys.executable, "-I", "-S", "-c", _PAYS, *words], pass_fds=(pace.fd,)) for _ in range(2)
        ]

        def takes() -> None:
            for _ in range(100):
                time.sleep(pace.wait_s(_BYTES_S, _COUNT // 100))

        threads = [threading.Thread(target=takes) for _ in range(2)]
        for thread in threads:
            thread.start()
        for one in threads:
            one.join()
        assert [program.wait() for program in programs] == [0, 0]
        passed_s = time.monotonic() - start_s

    assert 4 * _COUNT / passed_s < _BYTES_S * 1.3, "a fifth of a second may be made up for"


def test_what_one_leaves_another_has() -> None:
    """A copy alone waits no longer than the rate of all says, however many have taken before."""
    with SharedRate() as pace:
        for _ in range(4):
            pace.wait_s(1e12, 1)
        waited_s = pace.wait_s(_BYTES_S, 1000)

    assert waited_s == 0


def test_what_a_box_sends_unasked_is_waited_for_beforehand_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in all as much is taken as comes, and never less than may have come."""
    paid: list[int] = []

    def taken(_fd: int, _bytes_s: float, count: int) -> float:
        paid.append(count)
        return 0

    monkeypatch.setattr(payer, "taken", taken)
    one = payer.Payer(-1, 1e6, 100_000, 30_000)

    one.begin()
    assert sum(paid) == 30_000
    one.take(40_000)
    assert sum(paid) == 70_000
    one.take(60_000)
    assert sum(paid) == 100_000
    one.take(5_000)
    assert sum(paid) == 105_000
    assert max(paid) <= 50_000, "others have their turn between"


@pytest.mark.parametrize(
    ("bytes_s", "copies", "expected", "ahead"),
    [(1e9, 2, 1 << 30, (1 << 21) + (1 << 16)), (1e9, 2, 5000, 5000), (1000, 4, 1 << 30, 2500)],
)
def test_no_more_is_waited_for_than_comes_nor_for_longer_than_a_program_waits(
    bytes_s: float, copies: int, expected: int, ahead: int
) -> None:
    assert payer.ahead_bytes(bytes_s, copies, expected) == ahead


def test_copies_that_are_alone_have_nothing_to_share() -> None:
    assert share.pace() is None
    with share.copying(1):
        assert share.pace() is None
    with share.copying(3):
        one = share.pace()
        assert one is not None
        assert share.pace() is one
        assert share.rate("3M") == "1.000M"
    with contextlib.closing(share.Found()) as found, share.shared(share.Share(boxes=2, found=found)):
        assert share.pace() is share.pace() is not None
