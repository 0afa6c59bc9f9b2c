"""An alias is removed with the pin that is its own alone; what is a person's or of another stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import AliasError
from ssh_transport.operations.alias import remove_alias
from tests.support.aliases import added

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


def test_removing_forgets_the_pin_of_the_alias_alone(ssh: SshFiles) -> None:
    """The name may be another box tomorrow; a second removal changes nothing."""
    key = "ecdsa-sha2-nistp256 AAAA"
    added(ssh, project="Proj-1")
    ssh.known_hosts.write_text(f"proj-1 {key}\nproj-10 {key}\n[web]:1 {key}\n")
    first, again = remove_alias(ssh, "Proj-1"), remove_alias(ssh, "Proj-1")

    assert (first.made, again.made) == (True, False)
    assert ssh.known_hosts.read_text() == f"proj-10 {key}\n[web]:1 {key}\n"


def test_lines_between_a_damaged_marker_and_a_whole_block_are_not_removed(ssh: SshFiles) -> None:
    """An end that was lost made them ours."""
    added(ssh)
    block = ssh.config.read_text()
    cut = block.replace("# <<< ssh-transport p-1\n", "Host mine\n  User a\n") + block
    ssh.config.write_text(cut)
    with pytest.raises(AliasError, match="marker line of ours is damaged"):
        remove_alias(ssh, "p-1")

    assert ssh.config.read_text() == cut
