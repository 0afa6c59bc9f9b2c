"""Attempts go on as long as they bring something, and wait longer each time they don't."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ssh_transport import errors
from ssh_transport.link import persist as module
from ssh_transport.link.persist import Dropped, Patience, persist

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDLESS = Patience(attempts=1000, give_up_after_s=1e9)


@dataclass
class Clock:
    """A time that passes only when somebody sleeps."""

    now_s: float = 0
    waits_s: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that `persist` sees."""
    made = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: made.now_s))
    monkeypatch.setattr(module, "pause", made.sleep)
    return made


def dropped(*, progressed: bool = False) -> Dropped:
    return Dropped("web", "cut\nBroken pipe\n", progressed=progressed)


def attempts(*outcomes: errors.TaskError | str) -> Callable[[int], str]:
    """Return an attempt that fails and succeeds in turn, and checks its numbers; the last outcome stays."""
    seen: list[int] = []

    def attempt(number: int) -> str:
        seen.append(number)
        outcome = outcomes[min(number, len(outcomes)) - 1]
        assert number == len(seen)
        if isinstance(outcome, str):
            return outcome
        raise outcome

    return attempt


def test_the_first_success_ends_it(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a fault there is no wait and no word."""
    assert persist(attempts("done"), _ENDLESS) == ("done", 1)
    assert clock.waits_s == []
    assert capsys.readouterr().err == ""


def test_a_link_that_comes_back_is_used(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """The number of the attempt that held is returned, and each wait is one line with its reason."""
    faults = (dropped(), errors.Refused("refused", box="web"), errors.Unreachable("x", box="web", cause="no\x1broute"))
    found = persist(attempts(*faults, errors.NameNotFound("gone", box="web"), "done"), _ENDLESS)
    lines = capsys.readouterr().err.splitlines()

    assert found == ("done", 5)
    assert len(clock.waits_s) == 4
    assert [
        f"web: cut; attempt 2 in {clock.waits_s[0]:.0f} s",
        f"web: refused; attempt 3 in {clock.waits_s[1]:.0f} s",
        f"web: no\\x1broute; attempt 4 in {clock.waits_s[2]:.0f} s",
        f"web: gone; attempt 5 in {clock.waits_s[3]:.0f} s",
    ] == lines


def test_waits_double_up_to_a_minute(clock: Clock) -> None:
    """Each wait is between half and all of 2, 4, 8 and so on, and never more than 60 s."""
    persist(attempts(*[dropped()] * 300, "done"), _ENDLESS)
    limits_s = [min(60, 2**index) for index in range(1, 301)]

    assert all(limit_s / 2 <= wait_s <= limit_s for limit_s, wait_s in zip(limits_s, clock.waits_s, strict=True))
    assert len(set(clock.waits_s[10:])) > 1


def test_progress_starts_the_count_again(clock: Clock) -> None:
    """Any number of drops is borne as long as each brought something new, and the waits stay short."""
    patience = Patience(attempts=3, give_up_after_s=5)
    pattern = [dropped(progressed=True), dropped()] * 50
    found = persist(attempts(*pattern, "done"), patience)

    assert found == ("done", 101)
    assert max(clock.waits_s) <= 2
    assert sum(clock.waits_s) > 50


def test_patience_ends_after_fruitless_attempts(clock: Clock) -> None:
    """The last fault is the cause, and what was kept is the hint."""
    with pytest.raises(errors.LinkLost) as caught:
        persist(attempts(*[dropped()] * 4, "done"), Patience(attempts=4, give_up_after_s=1e9))

    assert len(clock.waits_s) == 3
    assert str(caught.value) == (
        f"error: gave up on `web`: 4 attempts in a row brought nothing new ({clock.now_s:.0f} s)\n"
        "  cause: cut\n         Broken pipe\n\n"
        "hint: what has arrived is kept: run the same command again once the box answers"
    )


def test_patience_ends_after_a_fruitless_time(clock: Clock) -> None:
    """It gives up at the first fault after the time is over."""
    with pytest.raises(errors.LinkLost, match="gave up on `web`"):
        persist(attempts(*[dropped()] * 999, "done"), Patience(attempts=1000, give_up_after_s=100))

    assert 100 <= clock.now_s < 160


@pytest.mark.parametrize(
    "kind",
    [
        errors.LoginRefused,
        errors.HostKeyChanged,
        errors.EndpointTooWeak,
        errors.NoSpace,
        errors.Incomplete,
        errors.UsageError,
        errors.Interrupted,
    ],
)
def test_what_retrying_cannot_cure_passes_at_once(kind: type[errors.TaskError], clock: Clock) -> None:
    """A refused login or a full disk is not tried again."""
    error = kind("no")
    with pytest.raises(kind) as caught:
        persist(attempts(dropped(), error), _ENDLESS)

    assert error is caught.value
    assert len(clock.waits_s) == 1


def test_only_fruitless_attempts_count(clock: Clock) -> None:
    """With patience for two, a drop that brought something and one that did not leave one more attempt."""
    outcomes = attempts(dropped(progressed=True), dropped(), "done")

    assert persist(outcomes, Patience(attempts=2, give_up_after_s=100)) == ("done", 3)


def test_progress_alone_never_ends_patience(clock: Clock) -> None:
    """Even with patience for one attempt and no time, drops that brought something are borne."""
    outcomes = attempts(*[dropped(progressed=True)] * 20, "done")

    assert persist(outcomes, Patience(attempts=1, give_up_after_s=0)) == ("done", 21)


def test_a_drop_without_words_is_explained(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """What rsync says of its own pipe helps nobody."""
    persist(attempts(Dropped("web", "rsync: connection unexpectedly closed\n", progressed=True), "done"), _ENDLESS)

    assert capsys.readouterr().err.startswith("web: the link broke or fell silent; attempt 2 in ")
