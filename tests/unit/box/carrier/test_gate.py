"""Logins of several boxes: few at once to one host, and one question at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box.beside import in_context
from ssh_transport.box.carrier import Login, gate
from ssh_transport.errors import LoginRefused
from ssh_transport.terminal import prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

LONG_S = 20


class Logins:
    """Logins under way, and how each goes."""

    def __init__(self, through: gate.Gate, connect: Callable[[Any, Login], Any]) -> None:
        self._through, self._connect = through, connect
        self.made: dict[str, Any] = {}

    def run(self, boxes: list[Box], login: Login | None = None) -> None:
        """Log in to all at once, each with a turn of its own."""

        def one(box: Box) -> None:
            with self._through.of_one():
                try:
                    self.made[box.name] = self._through.through(box, login or Login(), self._connect)
                except (LoginRefused, KeyboardInterrupt) as exc:
                    self.made[box.name] = exc

        threads = [in_context(one, box) for box in boxes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG_S)


def new_gate(at_once: int = 9, logins_per_host: int = 9) -> gate.Gate:
    return gate.Gate(at_once, logins_per_host, threading.Event())


def test_few_log_in_to_one_host_at_once_by_whatever_port(make_box: Callable[..., Box]) -> None:
    """Four boxes at one host and two at another: two and two meet."""
    lock, now, most = threading.Lock(), {"a": 0, "b": 0}, {"a": 0, "b": 0}
    meeting = threading.Barrier(2, timeout=LONG_S)

    def connect(box: Box, _: Login) -> str:
        host = box.resolved.host
        with lock:
            now[host] += 1
            most[host] = max(most[host], now[host])
        meeting.wait()
        with lock:
            now[host] -= 1
        return box.name

    boxes = [make_box(f"a{port}", host="a", port=port) for port in range(4)]
    boxes += [make_box(f"b{port}", host="b", port=port) for port in range(2)]
    logins = Logins(new_gate(logins_per_host=2), connect)
    logins.run(boxes)

    assert set(logins.made) == {"a0", "a1", "a2", "a3", "b0", "b1"}
    assert most["a"] <= 2
    assert most["b"] <= 2


@pytest.mark.parametrize(
    ("changes", "hosts"),
    [
        ({"host": "10.0.0.1"}, {"10.0.0.1"}),
        ({"host": "c", "proxy_jump": "me@gate:22,inner"}, {"c", "gate:22", "inner"}),
        ({"host": "c", "proxy_command": "ssh -W %h:%p gate"}, {"c", "ssh -W %h:%p gate"}),
    ],
    ids=["direct", "jumps", "command"],
)
def test_a_jump_counts_too(changes: dict[str, Any], hosts: set[str], make_box: Callable[..., Box]) -> None:
    assert gate.hosts_of(make_box(**changes)) == hosts


def test_questions_come_one_at_a_time_and_hold_up_nobody_else(
    make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each box first tries without; the one that needs no answer is through while another is asked."""
    monkeypatch.setattr(prompt, "has_terminal", lambda: True)
    asking, easy = threading.Lock(), threading.Event()

    def connect(box: Box, login: Login) -> str:
        if box.name == "easy":
            easy.set()
            return "through"
        if login.postpones:
            raise gate.QuestionPostponed("asks", box=box.name)
        assert asking.acquire(blocking=False)
        assert easy.wait(LONG_S)
        asking.release()
        return "answered"

    logins = Logins(new_gate(), connect)
    logins.run([make_box(name, port=at) for at, name in enumerate(("x", "y", "z", "easy"), 1)])

    assert logins.made == {"x": "answered", "y": "answered", "z": "answered", "easy": "through"}


def test_where_nobody_can_be_asked_no_login_comes_before_its_turn(make_box: Callable[..., Box]) -> None:
    """It would be idle, and a second one is not needed."""
    tried: list[tuple[str, bool]] = []

    def connect(box: Box, login: Login) -> str:
        tried.append((box.name, login.postpones))
        return "through"

    Logins(new_gate(at_once=1), connect).run([make_box(name, port=at) for at, name in enumerate("ab", 1)])

    assert sorted(tried) == [("a", False), ("b", False)]


def test_who_waits_for_a_turn_that_never_comes_has_not_begun(make_box: Callable[..., Box]) -> None:
    full = threading.Event()
    logins = Logins(gate.Gate(1, 9, full), lambda *_: "through")
    full.set()
    logins.run([make_box("a")])

    assert isinstance(logins.made["a"], gate.NotBegun)
