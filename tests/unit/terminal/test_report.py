"""What is said once is said; who is not heard has said nothing."""

from __future__ import annotations

import io
import sys

import pytest

from ssh_transport.terminal import report
from ssh_transport.terminal.meter import meter
from ssh_transport.terminal.progress import Progress


def test_what_was_said_where_nobody_hears_is_said_later(capsys: pytest.CaptureFixture[str]) -> None:
    with report.said_once():
        with report.quiet():
            report.say("looked at both ends")
        report.say("looked at both ends")
        report.say("looked at both ends")

    assert capsys.readouterr().err == "looked at both ends\n"


def test_a_rate_is_that_of_the_time_in_which_something_moves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login, and what is prepared before a copy, are not in it."""
    now = 0.0
    monkeypatch.setattr("ssh_transport.terminal.meter.time.monotonic", lambda: now)
    with meter("box") as show:
        now = 100.0
        show(Progress(total_bytes=10_000, wire_bytes=0))
        now = 110.0
        show(Progress(total_bytes=10_000, done_bytes=5_000, wire_bytes=5_000))

    assert "500 B/s" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_locale_without_a_character_loses_no_line(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may hold bytes that are no text as well."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    with report.printing_results():
        report.result("ü 密 \udcff: safe to destroy")

    said = written.getvalue().decode(encoding)
    assert said.endswith("safe to destroy\n")
    assert said.startswith("ü" if encoding != "ascii" else "\\xfc")
