"""Copies directory by directory: sizes as they are typed, sums of progress, threads that end when they are told to."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.each import Each, Outcome, size_bytes
from ssh_transport.each.gauge import Gauge
from ssh_transport.each.items import _below
from ssh_transport.each.result import verdict
from ssh_transport.each.threshold import reaches
from ssh_transport.each.workers import side_by_side
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.request.options import Options
from ssh_transport.terminal.progress import Progress
from ssh_transport.trees.here import Here
from tests.support.clock import on_this_machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ssh_transport.trees.tree import Entry

DEADLINE_S = 10


@pytest.mark.parametrize(
    ("text", "count"), [("1", 1), ("500k", 512_000), ("1.5G", 3 << 29), ("2T", 2 << 40), ("10M", 10 << 20)]
)
def test_a_size_is_read_as_rsync_does(text: str, count: int) -> None:
    """In powers of 1024."""
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", ["", "0", "0.0001", "-1", "1GB", "G", "1 G", "1e9", "٣", "9" * 400, "1\n"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Nothing at all too: every directory would count as complete."""
    with pytest.raises(UsageError, match="is no size"):
        size_bytes(text)


@given(st.text())
def test_any_text_is_a_size_or_an_error(text: str) -> None:
    """Never anything else."""
    with contextlib.suppress(UsageError):
        assert size_bytes(text) > 0


def test_a_directory_is_measured_without_what_unfinished_copies_left(tmp_path: Path) -> None:
    """Files at any depth count, links and partial files do not; what is no directory reaches nothing."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(bytes(600))
    (tmp_path / "a" / "b" / "two").write_bytes(bytes(400))
    (tmp_path / "a" / ".sftp-partial").mkdir()
    (tmp_path / "a" / ".sftp-partial" / "half").write_bytes(bytes(400))
    (tmp_path / "link").symlink_to("a")

    found = [
        reaches(Here(), str(tmp_path / name), least, lambda: None)
        for name, least in (("a", 1000), ("a", 1001), ("link", 1), ("a/one", 1), ("none", 1))
    ]

    assert found == [True, False, False, False, False]


def test_a_directory_that_is_in_itself_is_not_measured_for_ever() -> None:
    """A box may list what it likes."""

    class Endless(Here):
        def names(self, path: str, *, follow: bool = False) -> Mapping[str, Entry]:
            entry = self.look("/", follow=follow and bool(path))
            assert entry is not None
            return {"again": entry}

    with pytest.raises(Incomplete, match="more than 100 directories deep"):
        reaches(Endless(), "/", 1, lambda: None)


@pytest.mark.parametrize(
    ("given", "base", "below"),
    [
        (("*.tmp", "a/b"), "runs", ("*.tmp", "a/b")),
        (("/runs/x", "+ /runs/y/z", "- /runs/*"), "runs", ("/x", "+ /y/z", "- /*")),
        (("/x", "/runs", "/runs/"), "runs", ("/x", "/runs", "/runs/")),
        (("/runs/x",), "", ("/runs/x",)),
        (("a", "!", "b"), "runs", ("b",)),
    ],
)
def test_patterns_read_the_same_one_level_further_down(
    given: tuple[str, ...], base: str, below: tuple[str, ...]
) -> None:
    """The name of what is copied goes, as every directory in it is a copy of its own."""
    assert _below(Options(exclude=given), base).exclude == below


def test_the_progress_of_many_is_their_sum() -> None:
    """Of copies bytes and totals; what is hashed shows only while nothing is copied."""
    seen: list[Progress] = []
    gauge = Gauge(seen.append)

    gauge.hashing("a", Progress(0, 70, 0, "x"))
    gauge.copying("a", Progress(100, 50, 60, "x", 1))
    gauge.copying("b", Progress(200, 10, 20, "", 2))
    gauge.copying("a", Progress(100, 100, 110, "y", 1))

    assert seen == [
        Progress(0, 70, 0, "a: x", 1),
        Progress(100, 50, 60, "a: x", 1),
        Progress(300, 60, 80, "b", 2),
        Progress(300, 110, 130, "a: y", 1),
    ]


def test_jobs_run_side_by_side_and_no_more_than_allowed() -> None:
    """Two meet; three never do."""
    meeting = threading.Barrier(2, timeout=DEADLINE_S)
    lock, now, most = threading.Lock(), [0], [0]

    def job() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        meeting.wait()
        with lock:
            now[0] -= 1

    side_by_side([job] * 4, 2, threading.Event(), lambda: None)

    assert most == [2]


def test_an_interrupt_ends_what_runs_and_begins_nothing_more() -> None:
    """Whoever looks at the event ends by itself, whoever waits is ended from outside."""
    stop, broken, begun = threading.Event(), threading.Event(), list[int]()

    def waits() -> None:
        begun.append(1)
        if len(begun) == 2:
            signal.raise_signal(signal.SIGINT)
        broken.wait(DEADLINE_S)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        side_by_side([waits] * 5, 2, stop, broken.set)

    assert stop.is_set()
    assert begun == [1, 1]
    assert time.monotonic() - start < on_this_machine(DEADLINE_S / 2)


PROVEN = Outcome(name="a", state="copied", files=2, bytes=1_000_000, judged_by="manifest")


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (
            (PROVEN, PROVEN),
            "safe to destroy web as far as /runs goes: all 4 files (2.0 MB) under it are here and compared equal",
        ),
        (
            (PROVEN, Outcome(name="b", state="complete", judged_by="size")),
            "NOT safe to destroy web as far as /runs goes: b: nothing was compared",
        ),
        (
            (PROVEN, Outcome(name="b\n", state="failed", why="cut", exit_code=15)),
            "NOT safe to destroy web as far as /runs goes: b\\n: cut",
        ),
        (
            tuple(Outcome(name=name, state="copied", judged_by="manifest", needed=("a pipe",)) for name in "abcde"),
            "NOT safe to destroy web as far as /runs goes: a: a pipe; b: a pipe; c: a pipe; and 2 more",
        ),
    ],
)
def test_a_box_is_safe_to_destroy_only_if_all_was_compared_equal(outcomes: tuple[Outcome, ...], said: str) -> None:
    """Anything left out, failed or judged by its size keeps it."""
    assert verdict("web", "/runs", outcomes) == (said.startswith("safe"), said)


def test_the_last_line_says_how_many_are_complete() -> None:
    """One that failed is not, and neither is what lies beside them."""
    failed = Outcome(name="b", state="failed", why="cut", exit_code=15)
    made = {"box": "web", "source": "web:r", "target": "/r/", "seconds": 2.0, "safe_to_destroy": False, "verdict": ""}
    whole = Each(**made, directories=(PROVEN,), beside=PROVEN, dry_run=False)  # type: ignore[arg-type]
    half = Each(**made, directories=(PROVEN, failed), beside=failed, dry_run=False)  # type: ignore[arg-type]
    planned = Outcome(name="c", state="missing", bytes=5_000_000, judged_by="plan")
    dry = Each(**made, directories=(planned, planned), beside=planned, dry_run=True)  # type: ignore[arg-type]

    assert str(whole) == "web:r -> /r/: 1 of 1 directory is complete (2.0 s, 0 B over the wire)"
    assert half.counts == "1 of 2 directories are complete, what lies beside them is not"
    assert str(dry) == "dry run: web:r -> /r/: of 2 directories 2 missing; 15.0 MB to copy"
    assert failed.row == ("b", "failed (15)", "", "0", "0 B", "0 B", "0", "0.0", "cut")
