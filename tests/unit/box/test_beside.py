"""Questions side by side: answered in their order or as they come, and not waited for once nobody wants the answers."""

from __future__ import annotations

import threading
import time

import pytest

from ssh_transport.box.beside import as_answered, beside, mapped
from tests.support.clock import on_this_machine

SOON_S = 5


def test_answers_come_in_the_order_of_the_questions() -> None:
    assert mapped(lambda number: number * 2, range(50), 4) == [number * 2 for number in range(50)]


def test_the_quick_one_is_told_first() -> None:
    told = threading.Event()
    answers = as_answered(lambda name: told.wait(SOON_S) or name if name == "slow" else name, ["slow", "quick"], 2)

    first, _ = next(answers)
    told.set()

    assert (first, [item for item, _ in answers]) == ("quick", ["slow"])


def test_an_error_is_raised_at_once_and_nobody_waits_for_the_others() -> None:
    never, begun_s = threading.Event(), time.monotonic()

    def ask(number: int) -> None:
        if number:
            never.wait(100)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        mapped(ask, range(3), 2)

    assert time.monotonic() - begun_s < on_this_machine(SOON_S)
    never.set()


def test_what_is_asked_beside_is_not_waited_for_on_an_error() -> None:
    never, begun_s = threading.Event(), time.monotonic()

    with pytest.raises(KeyboardInterrupt), beside(lambda: never.wait(100)):
        raise KeyboardInterrupt

    assert time.monotonic() - begun_s < on_this_machine(SOON_S)
    never.set()


def test_an_error_beside_is_raised_where_the_answer_is_wanted() -> None:
    with pytest.raises(ZeroDivisionError), beside(lambda: 1 // 0):
        pass
