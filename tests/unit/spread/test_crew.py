"""Threads of a spread belong to it: what one has said, no other says again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.spread.crew import Crew
from ssh_transport.terminal import report

if TYPE_CHECKING:
    import pytest


def test_what_all_jobs_have_to_say_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with report.said_once(), Crew[int](lambda: None) as crew:

        def job() -> None:
            report.say("not looked into")
            crew.say(1)

        for _ in range(3):
            crew.begin(job)
        heard = [crew.event(20) for _ in range(3)]

    assert heard == [1, 1, 1]
    assert capsys.readouterr().err == "not looked into\n"
