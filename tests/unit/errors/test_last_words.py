"""What nobody caught: printed as an error of ours where it is one, and as Python does where it is a team's own."""

from __future__ import annotations

import logging
import os
import sys

import pytest
from invoke import exceptions as invoked

from ssh_transport import errors
from ssh_transport.errors.translation import excepthook


@pytest.mark.parametrize(
    ("exc", "says", "code"),
    [
        (invoked.AmbiguousEnvVar("A or B"), "error: an environment variable fits two settings\n  cause: A or B\n", 4),
        (errors.NoTarget("no box\x1b"), "error: no box\\x1b\n", 3),
        (ValueError("oops"), "error: internal error\n  cause: ValueError: oops\n", 70),
    ],
    ids=["settings", "ours", "unknown"],
)
def test_uncaught_exceptions_are_printed_as_our_errors(
    exc: Exception, says: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Invoke and Fabric let through is one error on standard error, without a traceback, with its exit code."""
    with pytest.raises(SystemExit) as ended:
        excepthook(type(exc), exc, None)
    out, err = capsys.readouterr()

    assert ended.value.code == code
    assert out == ""
    assert err.startswith(says)
    assert "Traceback" not in err


def test_what_a_team_s_own_task_raises_is_printed_as_python_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Theirs are no errors of ours, and their traceback is what they need."""
    try:
        int("x7")
    except ValueError as exc:
        excepthook(ValueError, exc, exc.__traceback__)

    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert "a flag wants a number" not in err


def test_a_pipe_of_the_team_s_own_that_breaks_is_no_reader_of_ours_that_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What we print may go to `| head`; their socket that broke is a fault they must see."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        os.write(writer, b"x")
    except BrokenPipeError as exc:
        excepthook(BrokenPipeError, exc, exc.__traceback__)
    os.close(writer)

    assert "Broken pipe" in capsys.readouterr().err


def test_debugging_shows_the_traceback_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With `--debug` the last words come after what Python would say."""
    monkeypatch.setattr(sys, "__excepthook__", lambda kind, *_: sys.stderr.write(f"{kind.__name__}\n"))
    caplog.set_level(logging.DEBUG, logger="invoke")
    with pytest.raises(SystemExit):
        excepthook(ValueError, ValueError("oops"), None)

    assert capsys.readouterr().err.startswith("ValueError\nerror: internal error\n")
