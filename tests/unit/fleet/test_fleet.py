"""One box speaks for itself; of several each is tried, and the worst decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport import errors, fleet
from ssh_transport.change import Change
from ssh_transport.terminal import report
from ssh_transport.terminal.at_once import asked_for
from ssh_transport.terminal.document import Entry, taking_down
from tests.support.ours import raises

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ssh_transport.box import Box


class Fleet:
    """Boxes with an outcome each, and the names of those that were tried and closed."""

    def __init__(self, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
        self._make_box = make_box
        self.tried: list[str] = []
        self.closed: list[str] = []
        monkeypatch.setattr("ssh_transport.box.box.Box.close", lambda box, **_: self.closed.append(box.name))

    def each(self, outcomes: Mapping[str, Any], *, as_json: bool = False, jobs: int = 1, **asked: bool) -> Any:
        def act(box: Box) -> Any:
            self.tried.append(box.name)
            if isinstance(outcome := outcomes[box.name], BaseException):
                raises(outcome)
            return outcome

        self.entry = Entry("task")
        with taking_down(self.entry), report.printing_results(), asked_for(jobs=jobs, **asked):
            return fleet.each([self._make_box(name) for name in outcomes], act, as_json=as_json)


@pytest.fixture
def boxes(make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A fleet that nobody connects to."""
    return Fleet(make_box, monkeypatch)


def test_the_result_of_one_box_is_returned(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """It is printed as it is, without the name of the box."""
    change = Change("key is in", made=False)

    assert change is boxes.each({"a": change})
    assert capsys.readouterr() == ("key is in (no change)\n", "")
    assert boxes.closed == ["a"]


def test_the_error_of_one_box_is_raised(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, Invoke prints the error; the box is closed all the same."""
    error = errors.Refused("no")
    with pytest.raises(errors.Refused) as caught:
        boxes.each({"a": error})

    assert error is caught.value
    assert capsys.readouterr() == ("", "")
    assert boxes.closed == ["a"]


def test_every_box_is_tried(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures are told when they happen, every box ends with one line, the worst exit code wins."""
    with pytest.raises(errors.SeveralFailed) as caught:
        boxes.each(
            {
                "a": errors.NoSpace("full", hint="df -h"),
                "b": Change("done", made=True),
                "c": EOFError(),
                "d": Change("ok", made=True),
            }
        )
    out, err = capsys.readouterr()

    assert boxes.tried == boxes.closed == ["a", "b", "c", "d"]
    assert caught.value.code == 23
    assert out == "a: failed (23): full\nb: done\nc: failed (15): `c` closed the connection\nd: ok\n"
    assert err == (
        "error: full\n\nhint: df -h\n\n"
        "error: `c` closed the connection\n\nhint: run the same command again; it goes on where it stopped\n\n"
    )


def test_all_well_is_a_dictionary(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """A Python caller gets every result by name, and `None` is a result."""
    assert boxes.each({"a": 1, "b": None}) == {"a": 1, "b": None}
    assert capsys.readouterr().out == "a: 1\nb: None\n"


def test_ctrl_c_stops_the_rest_and_stays_what_it_is(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        boxes.each({"a": "done", "b": KeyboardInterrupt(), "c": "never"})

    assert boxes.tried == boxes.closed == ["a", "b"]
    assert capsys.readouterr().out == "a: done\nb: failed (130): stopped\nc: not tried\n"
    assert boxes.entry.not_run == ["c"]


def test_results_and_failures_are_taken_down_by_box(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(errors.SeveralFailed) as caught:
        boxes.each(
            {"a": Change("\udcff", made=True), "b": errors.Refused("no"), "c": [Path("/x"), "\x1b"]}, as_json=True
        )

    assert capsys.readouterr().out == ""
    assert caught.value.outcomes == {"a": Change("\udcff", made=True), "c": [Path("/x"), "\x1b"]}
    assert {name: error.what for name, error in caught.value.failures.items()} == {"b": "no"}
    refused = {"class": "Refused", "exit_code": 11, "what": "no", "cause": "", "hint": "", "known_problem": None}
    assert boxes.entry.plain == {
        "task": "task",
        "ok": False,
        "boxes": {
            "a": {"ok": True, "result": {"state": "\\xff", "made": True}},
            "b": {"ok": False, "error": refused},
            "c": {"ok": True, "result": ["/x", "\x1b"]},
        },
    }


def test_hostile_results_are_spelled_out(boxes: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """What a box sent can't give orders to the terminal."""
    with pytest.raises(errors.SeveralFailed):
        boxes.each({"a": "\x1b[2J", "b": errors.Refused("\x07", cause="\u202e")})
    out, err = capsys.readouterr()

    assert out == "a: \\x1b[2J\nb: failed (11): \\x07\n"
    assert err == "error: \\x07\n  cause: \\u202e\n\n"


def test_the_error_of_the_only_box_names_it(boxes: Fleet) -> None:
    """What an act raises on one box is translated with the box's name, as it is on several."""
    with pytest.raises(errors.LinkLost, match="`web` closed the connection"):
        boxes.each({"web": EOFError()})


def test_a_known_trap_is_explained(boxes: Fleet) -> None:
    """The error of a box carries the trap that its words mean, in JSON by its id."""
    trap = errors.LinkLost("cut", cause="Read from remote host 203.0.113.7: Connection reset by peer")
    with pytest.raises(errors.SeveralFailed):
        boxes.each({"a": trap, "b": 1}, as_json=True)

    assert trap.known_problem
    assert boxes.entry.plain["boxes"]["a"]["error"]["known_problem"]["id"] == trap.known_problem.id
