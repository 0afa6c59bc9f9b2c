"""The person's own keys are those that are here, wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.own_keys import own_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from ssh_transport.box import Box


def test_public_halves_here_and_the_key_of_the_login_are_the_persons_own(
    home: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the alias, those in `~/.ssh`, and the one that opened the box."""
    (home / "elsewhere.pub").write_text("ssh-ed25519 AAAAalias me")
    (home / ".ssh" / "friend.pub").write_text("ssh-ed25519 AAAAfriend friend\nssh-ed25519 AAAAsecond friend")
    (home / ".ssh" / "gone.pub").symlink_to("nowhere")
    monkeypatch.setattr("ssh_transport.facts.own_keys.key_in_use", lambda _: "AAAAused")

    assert own_keys(make_box(identities=(home / "elsewhere", home / "missing"))) == {
        "AAAAalias": str(home / "elsewhere.pub"),
        "AAAAfriend": str(home / ".ssh" / "friend.pub"),
        "AAAAsecond": str(home / ".ssh" / "friend.pub"),
        "AAAAused": "this login",
    }
