"""A flag whose hyphens a chat or a word processor made one long dash is no value: a dry run would run in earnest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.typed_line import slip, typed

if TYPE_CHECKING:
    from pathlib import Path

EN, EM, MINUS = "\u2013", "\u2014", "\u2212"


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("-H", "a", "transfer.push", "code", f"{EM}dry-run"), "--dry-run"),
        (("-H", "a", "transfer.push", "code", f"{EN}git"), "--git"),
        (("-H", "a", "transfer.pull", f"{EN}path=/x"), "--path"),
        (("-H", "a", "transfer.pull", "/x", f"{EM}-verify"), "--verify"),
        (("-H", "a", "hygiene.stop", f"{EN}{EN}dry-run"), "--dry-run"),
        (("keys.check", f"{EN}on", "a"), "--on"),
        (("-H", "a", "keys.check", f"{EM}json"), "--json"),
        (("-H", "a", "keys.check", f"{EM}help"), "--help"),
        ((f"{EN}H", "a", "keys.check"), "-H"),
        ((f"{MINUS}list",), "--list"),
    ],
)
def test_it_is_told_with_the_flag_to_type(words: tuple[str, ...], flag: str) -> None:
    error = slip(*words)

    assert "begins with a dash of printed text" in error.what
    assert error.hint == f"type its hyphens anew: {flag}"


def test_what_is_no_flag_or_lies_here_or_is_said_to_be_a_value_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{EN}git").touch()

    assert typed("transfer.push", f"{EM}draft", "--to=/x")[1].args["path"].value == f"{EM}draft"
    assert typed("transfer.push", f"{EN}git", "--to=/x")[1].args["path"].value == f"{EN}git"
    assert typed("transfer.push", "code", f"--to={EM}dry-run")[1].args["to"].value == f"{EM}dry-run"


def test_its_value_is_not_said_again() -> None:
    """It may be a secret."""
    assert "hunter2" not in str(slip("-H", "a", "transfer.pull", f"{EN}path=hunter2"))
