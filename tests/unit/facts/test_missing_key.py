"""The next step names the key that is to be made, before it is pushed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ssh_transport.tasks import config

from ssh_transport.facts.own_keys import missing_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.context import Context

    from ssh_transport.openssh.resolution import SshFiles

DEFAULT = "~/.ssh/id_ed25519"


def test_half_a_pair_or_the_key_that_an_alias_names_is_there(
    ssh: SshFiles, context: Callable[..., Context], home: Path
) -> None:
    config.add(context(), "a", "ssh -p 1 root@192.0.2.7")
    config.add(context(), "b", "ssh -i ~/.ssh/other -p 2 root@192.0.2.7")

    assert missing_key(ssh, "a-1", DEFAULT) == home / ".ssh" / "id_ed25519"
    assert missing_key(ssh, "b-1", DEFAULT) == home / ".ssh" / "other"
    (home / ".ssh" / "id_ed25519.pub").touch()
    (home / ".ssh" / "other").touch()
    assert missing_key(ssh, "a-1", DEFAULT) is None
    assert missing_key(ssh, "b-1", DEFAULT) is None


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("string", "next_step"),
    [
        ("ssh -p 1 root@192.0.2.7", "next: ssh-transport keys.generate && ssh-transport -H p-1 keys.push"),
        (
            "ssh -i ~/.ssh/other -p 1 root@192.0.2.7",
            "next: ssh-transport keys.generate --path={home}/.ssh/other && ssh-transport -H p-1 keys.push",
        ),
        (
            "ssh root@192.0.2.7 -p 1 -i ~/.ssh/id_ed25519",
            "next: ssh-transport keys.generate, put its .pub into the console, then: ssh-transport -H p-1 keys.check",
        ),
    ],
)
def test_a_key_that_is_missing_is_made_first(
    string: str, next_step: str, context: Callable[..., Context], capsys: pytest.CaptureFixture[str]
) -> None:
    config.add(context(), "p", string, profile="runpod" if "console" in next_step else "")

    assert next_step.format(home=Path.home()) in capsys.readouterr().err


def test_a_key_that_is_there_is_pushed_at_once(
    home: Path, context: Callable[..., Context], capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".ssh" / "id_ed25519").touch()
    config.add(context(), "p", "ssh -p 1 root@192.0.2.7")

    assert "next: ssh-transport -H p-1 keys.push" in capsys.readouterr().err
