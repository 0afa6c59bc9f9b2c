"""A secret shows nothing of itself, and what can't be one is refused without being shown."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.secret import value
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret
from ssh_transport.terminal import report
from ssh_transport.terminal.document import Entry, taking_down, text

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "c4n4ry-9d1f"

SHOWN: dict[str, Callable[[Any], str]] = {
    "str": str,
    "repr": repr,
    "format": "{}".format,
    "format with a width": "{:>40}".format,
    "percent": "%s".__mod__,
    "in a list": lambda secret: repr([secret, {"a": secret}]),
    "in a dataclass": lambda secret: repr(Sourced(secret)),
}


@pytest.mark.parametrize("show", [*SHOWN.values()], ids=[*SHOWN])
def test_a_secret_shows_nothing_of_itself(show: Callable[[Any], str]) -> None:
    said = show(Secret(CANARY.encode()))
    assert CANARY not in said


@pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_a_secret_is_neither_copied_nor_written_out(make: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        make(Secret(CANARY.encode()))
    assert CANARY not in str(caught.value)


def test_a_result_with_a_secret_in_it_is_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    entry = Entry("secrets.push")
    with taking_down(entry):
        report.result({"value": Secret(CANARY.encode())}, as_json=True)

    with pytest.raises(TypeError):
        text([entry])
    assert CANARY not in "".join(capsys.readouterr())


def test_a_secret_equals_no_other_not_even_its_like() -> None:
    one, other = Secret(b"a"), Secret(b"a")
    assert one == one  # noqa: PLR0124 - that is the point
    assert one != other
    assert one != b"a"
    assert len({one, other}) == 2


def test_a_traceback_through_a_secret_holds_no_value(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY.encode())

    def fails(argument: Secret) -> None:
        raise ValueError(argument)

    with pytest.raises(ValueError, match=r"\*\*") as caught:
        fails(secret)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    logging.getLogger("any").warning("it was %s", secret, exc_info=caught.value)
    assert "argument = Secret(" in "".join(shown.format())
    assert CANARY not in "".join(shown.format())
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        (" \t", "nothing but white space"),
        (f"{CANARY}\n", "begins or ends with"),
        (f" {CANARY}", "begins or ends with"),
        (f"{CANARY}\r", "begins or ends with"),
        (f"{CANARY}\n{CANARY}", "several lines"),
        (f"{CANARY}\x00x", "invisible"),
        (f"{CANARY}\u200b", "invisible"),
        (f"\ufeff{CANARY}", "invisible"),
        (f'"{CANARY}"', "quotes"),
        (f"'{CANARY}'", "quotes"),
        (f"\u201c{CANARY}\u201d", "quotes"),
        ("null", "no value"),
        ("None", "no value"),
        ("undefined", "no value"),
        ("<your token>", "placeholder"),
        ("$WANDB_API_KEY", "placeholder"),
        ("${WANDB_API_KEY}", "placeholder"),
        ("xxxxxxxx", "placeholder"),
        ("x" + CANARY * 1000, "longer"),
    ],
)
def test_what_can_be_no_secret_is_refused_without_being_shown(text: str, fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        value.one_line(text, "the variable `X`")
    assert fault in caught.value.what
    assert caught.value.what.startswith("the variable `X` ")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["a", "p\u00e4ss w\u00f6rd", 'half"quoted', "#hash", "null-and-void", "a" * 8000, "\\back", "$5 a day"]
)
def test_what_may_be_a_secret_is_taken_as_it_is(text: str) -> None:
    assert value.one_line(text, "it").reveal() == text.encode()


def test_a_whole_file_is_taken_as_it_is_unless_it_is_empty() -> None:
    assert value.whole(b"[a]\nb = c\n", "the file").reveal() == b"[a]\nb = c\n"
    with pytest.raises(UsageError, match="empty"):
        value.whole(b" \n", "the file")
