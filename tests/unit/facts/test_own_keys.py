"""The person's own keys are those that are here, wherever they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from ssh_transport.box import Box
from ssh_transport.facts.own_keys import own_keys
from ssh_transport.openssh.public_key import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_public_halves_here_and_the_key_of_the_login_are_the_persons_own(
    home: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the alias, those in `~/.ssh`, and the one that opened the box."""
    (home / "elsewhere.pub").write_text("ssh-ed25519 AAAAalia me")
    (home / ".ssh" / "friend.pub").write_text("ssh-ed25519 AAAAfrie friend\nssh-ed25519 AAAAseco friend\nx AAAA~ y")
    (home / ".ssh" / "gone.pub").symlink_to("nowhere")
    monkeypatch.setattr(Box, "carrier", SimpleNamespace(key_used="SHA256:used"))

    assert own_keys(make_box(identities=(home / "elsewhere", home / "missing"))) == {
        fingerprint("AAAAalia"): str(home / "elsewhere.pub"),
        fingerprint("AAAAfrie"): str(home / ".ssh" / "friend.pub"),
        fingerprint("AAAAseco"): str(home / ".ssh" / "friend.pub"),
        "SHA256:used": "this login",
    }
