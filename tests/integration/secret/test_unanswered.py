"""What can't be looked at is no answer, and a push that fails changes no place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import BoxError, Incomplete, PermissionRefused, TaskError
from ssh_transport.secret import inventory, register
from ssh_transport.secret.destination import destination_for
from ssh_transport.secret.forget import forget, forget_all
from ssh_transport.secret.verify import verify
from tests.support.pushing import pushes

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from tests.support.sshd import Sshd


WITHOUT_RIGHTS = "setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search"


@pytest.fixture
def ordinary(box: Sshd) -> None:
    """A box whose login may read what its modes say, as an ordinary user."""
    if os.geteuid() == 0:
        forced = box.home.parent / "forced_command"
        run = f'exec {WITHOUT_RIGHTS} sh -c "$SSH_ORIGINAL_COMMAND"'
        forced.write_text(forced.read_text().replace('eval "$SSH_ORIGINAL_COMMAND"', run))


@pytest.mark.usefixtures("ordinary")
@pytest.mark.parametrize(
    ("name", "file", "hidden"),
    [
        ("openai", ".openai_key", ".openai_key"),
        ("wandb", ".netrc", ".netrc"),
        ("github", ".git-credentials", ".git-credentials"),
        ("huggingface", ".cache/huggingface/token", ".cache/huggingface"),
    ],
)
def test_what_can_not_be_looked_at_is_not_said_to_be_gone(
    name: str, file: str, hidden: str, there: Box, box: Sshd
) -> None:
    pushes(there, name, "c4n4ry")
    (box.home / hidden).chmod(0)

    (found,) = [one for one in inventory.inventory(there) if one.name == name]
    assert found.warnings == ("it can't be read: whether it is there is not known",)
    for dry in (True, False):
        with pytest.raises(Incomplete, match=f"`{name}` may still be in "):
            forget(there, name, dry_run=dry)
    with pytest.raises(Incomplete):
        forget_all(there)
    with pytest.raises(PermissionRefused):
        verify(there, name, "true")

    (box.home / hidden).chmod(0o700)
    assert (box.home / file).exists()
    assert forget_all(there).made


@pytest.mark.usefixtures("ordinary")
@pytest.mark.parametrize("hidden", [".config/ssh-transport/secrets", ".config/ssh-transport"])
def test_a_register_that_can_not_be_read_is_not_empty(hidden: str, there: Box, box: Sshd) -> None:
    pushes(there, "mine", to="~/elsewhere")
    (box.home / hidden).chmod(0)

    for ask in (forget_all, inventory.inventory, lambda box: forget(box, "mine")):
        with pytest.raises(BoxError):
            ask(there)
    (box.home / hidden).chmod(0o700)
    assert (box.home / "elsewhere").exists()


def test_a_push_that_fails_leaves_the_place_of_before(there: Box, box: Sshd) -> None:
    """What its tools would have of it, and a check of it."""
    for to in ("", "~/one/key"):
        pushes(there, "mine", "good", to=to)
        before = register.destination_of(there, "mine")
        with pytest.raises(TaskError):
            pushes(there, "mine", "better", to="/proc/1/key")
        assert register.destination_of(there, "mine") == before == destination_for("mine", to)
        assert verify(there, "mine", "true").outcome == "works"
