"""Boxes side by side: none waits for another, and what they share is shared out."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport import errors, fleet
from ssh_transport.box import share
from ssh_transport.terminal import board, control, report
from ssh_transport.terminal.at_once import asked_for
from ssh_transport.terminal.document import Entry, taking_down
from ssh_transport.terminal.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

LONG_S = 20


class Boxes:
    """Boxes that nobody connects to, each with something to do."""

    def __init__(self, make_box: Callable[..., Box]) -> None:
        self._make_box = make_box
        self.entry = Entry("task")

    def run(self, acts: dict[str, Callable[[], Any]], *, port: int | None = None, **asked: Any) -> Any:
        """Run them; without a port each box has its own."""
        boxes = [self._make_box(name, port=port or 1000 + number) for number, name in enumerate(acts)]
        with taking_down(self.entry), report.printing_results(), asked_for(**asked):
            return fleet.each(boxes, lambda box: acts[box.name]())


@pytest.fixture
def boxes(make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Boxes:
    monkeypatch.setattr("ssh_transport.box.box.Box.close", lambda _, **__: None)
    return Boxes(make_box)


def test_as_many_run_at_once_as_were_asked_for(boxes: Boxes) -> None:
    """Three meet, each waiting for two others; a fourth would break the barrier's count."""
    meeting = threading.Barrier(3, timeout=LONG_S)
    lock, most, now = threading.Lock(), 0, 0

    def act() -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        meeting.wait()
        with lock:
            now -= 1
        meeting.wait()

    boxes.run(dict.fromkeys("abcdef", act), jobs=3)

    assert most == 3


def test_results_come_in_the_order_of_the_names_whoever_ends_first(
    boxes: Boxes, capsys: pytest.CaptureFixture[str]
) -> None:
    others = threading.Event()

    def last() -> int:
        others.set()
        return 3

    acts: dict[str, Callable[[], Any]] = {"slow": lambda: others.wait(LONG_S), "b": lambda: 2, "c": last}

    assert list(boxes.run(acts)) == ["slow", "b", "c"]
    assert list(boxes.entry.boxes) == ["slow", "b", "c"]
    assert capsys.readouterr().out == "slow: True\nb: 2\nc: 3\n"


def test_one_job_takes_them_in_turn(boxes: Boxes) -> None:
    """In the caller's own thread."""
    tried: list[tuple[str, int]] = []

    def act(name: str) -> None:
        tried.append((name, threading.get_ident()))

    boxes.run({name: partial(act, name) for name in "abc"}, jobs=1)

    assert tried == [(name, threading.get_ident()) for name in "abc"]


def test_two_names_of_one_box_are_never_at_work_together(boxes: Boxes) -> None:
    """What the first has done, the second finds there."""
    lock = threading.Lock()

    def act() -> bool:
        if not lock.acquire(blocking=False):
            return False
        control.pause(0.01)
        lock.release()
        return True

    assert boxes.run(dict.fromkeys("abcd", act), port=22) == dict.fromkeys("abcd", True)


def test_what_is_the_same_of_several_boxes_is_said_once(boxes: Boxes, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, hosts and ports make no difference; who failed alone is told as on a single box."""

    def act(name: str, port: int) -> None:
        if name == "d":
            raise errors.NoSpace("full", box=name, hint=f"ssh {name} df -h")
        raise errors.Refused(f"`{name}` refused", cause=f"127.0.0.1 port {port}", hint=f"ssh -v {name}")

    acts: dict[str, Callable[[], Any]] = {name: partial(act, name, 1000 + at) for at, name in enumerate("abcd")}
    with pytest.raises(errors.SeveralFailed) as caught:
        boxes.run(acts)
    out, err = capsys.readouterr()

    assert caught.value.exit_code == 23
    assert out.splitlines()[0] == "a: failed (11): `a` refused"
    assert "error: 3 boxes (a, b, c): `BOX` refused\n  cause: HOST port PORT\n\nhint: ssh -v BOX\n" in err
    assert "error: full on `d`\n\nhint: ssh d df -h\n" in err
    assert err.count("error:") == 2
    assert isinstance(caught.value.failures["b"], errors.Refused)


def test_ctrl_c_stops_all_and_tells_how_far_each_has_come(boxes: Boxes, capsys: pytest.CaptureFixture[str]) -> None:
    shown = threading.Event()

    def copies() -> None:
        seen = board.current()
        assert seen is not None
        seen.show("a", Progress(total_bytes=2000, done_bytes=500))
        shown.set()
        control.pause(LONG_S)

    def breaks() -> None:
        shown.wait(LONG_S)
        if seen := board.current():
            # What arrives in the first second is not told yet.
            seen.show("b", Progress(total_bytes=2000))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        boxes.run({"a": copies, "b": breaks, "c": lambda: "never"}, jobs=2)

    out = capsys.readouterr().out
    arrived = "at least 500 B of 2.0 kB have arrived"
    assert out == f"a: failed (130): stopped; {arrived}\nb: failed (130): stopped\nc: not tried\n"
    assert boxes.entry.not_run == ["c"]


def test_what_the_caller_raises_ends_all_and_comes_out(boxes: Boxes) -> None:
    class Theirs(Exception):
        pass

    def breaks() -> None:
        raise Theirs

    with pytest.raises(Theirs):
        boxes.run({"a": lambda: control.pause(LONG_S), "b": breaks})


def test_after_an_error_no_further_box_begins_if_that_is_asked_for(boxes: Boxes) -> None:
    """Who is at work comes to the end."""
    both, failed = threading.Barrier(2, timeout=LONG_S), threading.Event()

    def fails() -> None:
        both.wait()
        failed.set()
        raise errors.NoSpace("full")

    def ends() -> str:
        both.wait()
        failed.wait(LONG_S)
        control.pause(0.3)
        return "done"

    with pytest.raises(errors.SeveralFailed) as caught:
        boxes.run({"a": fails, "b": ends, "c": ends, "d": ends}, jobs=2, stop_on_error=True)

    assert caught.value.outcomes == {"b": "done"}
    assert boxes.entry.not_run == ["c", "d"]


def test_in_turn_too_no_further_box_begins_after_an_error(boxes: Boxes) -> None:
    def fails() -> None:
        raise errors.NoSpace("full")

    with pytest.raises(errors.SeveralFailed):
        boxes.run({"a": lambda: 1, "b": fails, "c": lambda: 3}, jobs=1, stop_on_error=True)
    assert boxes.entry.not_run == ["c"]


def test_a_limit_is_the_total_of_all_that_run_at_once(boxes: Boxes) -> None:
    """Boxes that wait have no share yet."""
    shares = boxes.run(dict.fromkeys("abcdefgh", lambda: (share.rate("10M"), share.part(64), share.part(2))), jobs=4)

    assert set(shares.values()) == {("2.500M", 16, 1)}
    assert (share.rate("10M"), share.part(64)) == ("10M", 64)


def test_what_is_kept_for_all_boxes_is_made_once_and_closed_when_the_last_has_ended(boxes: Boxes) -> None:
    made: list[str] = []

    @contextlib.contextmanager
    def make() -> Iterator[list[str]]:
        made.append("made")
        yield made
        made.append("closed")

    kept = boxes.run(dict.fromkeys("abcd", lambda: share.kept(make)), jobs=2)

    assert made == ["made", "closed"]
    assert all(one is made for one in kept.values())
    assert share.kept(make) is None


def test_the_caller_hears_of_one_box_at_a_time(boxes: Boxes) -> None:
    """And what it raises ends the call."""
    telling = threading.Lock()
    heard: set[str] = set()

    def hear(box: str, _: Progress) -> None:
        assert telling.acquire(blocking=False)
        heard.add(box)
        threading.Event().wait(0.005)
        telling.release()

    def act(name: str) -> None:
        for _ in range(5):
            control.current().show(name, Progress())

    with control.Control(on_progress=hear).running(lambda: None):
        boxes.run({name: partial(act, name) for name in "abcd"})
    assert heard == set("abcd")


def test_a_deadline_ends_boxes_side_by_side(boxes: Boxes) -> None:
    with pytest.raises(errors.Interrupted, match="deadline"), control.Control(deadline=0.1).running(lambda: None):
        boxes.run(dict.fromkeys("ab", lambda: control.pause(LONG_S)))
