"""Which machine answers is read as far as it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import shell
from ssh_transport.facts.identity import Identity, identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

_WHOLE = "autodl-1\n1234-5678\nmnt:[42]\n1000012\n/root/miniconda3/bin/python\nNVIDIA A100\nNVIDIA A100\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_WHOLE, Identity("autodl-1", "1234-5678 mnt:[42]", 12.0, "/root/miniconda3/bin/python", ("NVIDIA A100",) * 2)),
        ("\n\n\n\n\n", Identity("", "", None, "", ())),
        ("", Identity("", "", None, "", ())),
        ("box\n\n\nnoon\n", Identity("box", "", None, "", ())),
    ],
    ids=["whole", "empty lines", "nothing", "odd clock"],
)
def test_what_is_missing_is_empty(
    text: str, expected: Identity, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer has its line; a clock that is no number is not known."""
    monkeypatch.setattr(time, "time", lambda: 1_000_000.5)
    monkeypatch.setattr(shell, "run", lambda *_, **__: shell.Result(text, "", 0))

    assert identity(make_box()) == expected


def test_the_interpreters_are_asked_for_in_order(make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a word of its own for the script, which must not fail for what is missing."""
    asked: list[tuple[str, ...]] = []

    def run(_: Box, __: str, *words: str, check: bool) -> shell.Result:
        assert not check
        asked.append(words)
        return shell.Result("", "", 0)

    monkeypatch.setattr(shell, "run", run)
    identity(make_box(), ("/opt/my python", "python3"))

    assert asked == [("/opt/my python", "python3")]
