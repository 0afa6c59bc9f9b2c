"""Who leaves a box forgets what is of this box alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.leave.checklist import _forget_here
from tests.support.aliases import added

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles


def test_a_pin_that_another_alias_needs_is_not_forgotten(make_box: Callable[..., Box], ssh: SshFiles) -> None:
    """Aliases that differ in capitals have one name in known_hosts; the alias itself goes."""
    added(ssh, project="P-1")
    added(ssh, "ssh -p 2 root@web", "p-1")
    ssh.known_hosts.write_text("p-1 ecdsa-sha2-nistp256 AAAA\n")

    _forget_here(make_box("P-1", host_key_alias="p-1"), dry_run=False)

    assert "Host P-1" not in ssh.config.read_text()
    assert ssh.known_hosts.read_text() == "p-1 ecdsa-sha2-nistp256 AAAA\n"
