"""Who looks at a result in a terminal is told that it can be a page, with the line to type; programs are not."""

from __future__ import annotations

import sys

import pytest
from ssh_transport.tasks import _how

from ssh_transport.terminal import report


@pytest.fixture(autouse=True)
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "shows_progress", lambda: True)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/ssh-transport", "-H", "proj-*", "config.verify"])


def test_the_line_that_makes_a_page_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    _how.say_html("", as_json=False)

    said = "as a page for the browser: ssh-transport -H 'proj-*' config.verify --html=report.html\n"
    assert capsys.readouterr().err == said


def test_who_has_a_page_or_wants_none_is_not_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _how.say_html("report.html", as_json=False)
    _how.say_html("", as_json=True)
    monkeypatch.setattr(report, "shows_progress", lambda: False)
    _how.say_html("", as_json=False)

    assert capsys.readouterr().err == ""
