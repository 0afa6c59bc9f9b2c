"""A hint names no command that would fail for its box: what is for our aliases alone is for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import boxes
from ssh_transport.errors import commands
from ssh_transport.errors.commands import as_typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from invoke.context import Context


@pytest.fixture(autouse=True)
def _nothing_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_typed", None)


@pytest.fixture
def other_boxes() -> None:
    """Boxes by an address, by an alias that a person wrote, and by one of ours."""
    commands.note_box("root@h:22", has_alias=False, is_ours=False)
    commands.note_box("theirs", has_alias=True, is_ours=False)
    commands.note_box("proj-1", has_alias=True, is_ours=True)


@pytest.mark.usefixtures("other_boxes")
@pytest.mark.parametrize("box", ["root@h:22", "theirs"])
@pytest.mark.parametrize(
    ("hint", "instead"),
    [
        ("on? ssh-transport config.update {} PORT", "on? ssh-transport config.add NAME 'ssh -p PORT USER@HOST'"),
        ("ssh-transport config.update {} 'ssh u@h'; or", "ssh-transport config.add NAME 'ssh u@h'; or"),
        ('ssh-transport config.update {} "$(x y)". If', 'ssh-transport config.add NAME "$(x y)". If'),
        ("ssh-transport config.update {} ubuntu@HOST", "ssh-transport config.add NAME ubuntu@HOST"),
        ("gone: ssh-transport config.remove {}.", "gone: take {} out of the ssh config."),
    ],
)
def test_no_hint_changes_or_removes_what_is_no_alias_of_ours(box: str, hint: str, instead: str) -> None:
    assert as_typed(hint.format(box)) == instead.format(box)
    for ours in ("proj-1", "ALIAS"):
        assert as_typed(hint.format(ours)) == hint.format(ours)


@pytest.mark.usefixtures("other_boxes")
def test_no_hint_shows_an_alias_that_is_none() -> None:
    hint = "ssh-transport config.show {}; or"

    assert as_typed(hint.format("root@h:22")) == "ssh-transport -H root@h:22 config.doctor; or"
    assert as_typed(hint.format("theirs")) == hint.format("theirs")


@pytest.mark.usefixtures("other_boxes")
def test_a_box_that_has_become_an_alias_of_ours_is_one() -> None:
    commands.note_box("root@h:22", has_alias=True, is_ours=True)

    assert as_typed("ssh-transport config.update root@h:22 PORT") == "ssh-transport config.update root@h:22 PORT"


def test_a_box_is_known_by_what_the_ssh_config_has(home: Path, context: Callable[..., Context]) -> None:
    (home / ".ssh" / "config").write_text("Host theirs\n  HostName 127.0.0.1\n  Port 1\n")
    boxes(context(), "theirs,root@127.0.0.1:1")

    assert "config.add NAME" in as_typed("ssh-transport config.update theirs PORT")
    assert "config.add NAME" in as_typed("ssh-transport config.update root@127.0.0.1:1 PORT")
    assert "config.doctor" in as_typed("ssh-transport config.show root@127.0.0.1:1")
    assert "config.show theirs" in as_typed("ssh-transport config.show theirs")
