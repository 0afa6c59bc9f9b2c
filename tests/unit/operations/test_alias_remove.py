"""An alias is removed with the pin that is its own alone; what is a person's or of another stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport import files
from ssh_transport.errors import AliasError, LocalFileError
from ssh_transport.operations.alias_removal import remove_alias
from tests.support.aliases import added

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.openssh.resolution import SshFiles


def test_removing_forgets_the_pin_of_the_alias_alone(ssh: SshFiles) -> None:
    """The name may be another box tomorrow; a second removal changes nothing."""
    key = "ecdsa-sha2-nistp256 AAAA"
    added(ssh, project="Proj-1")
    ssh.known_hosts.write_text(f"proj-1 {key}\nproj-10 {key}\n[web]:1 {key}\n")
    first, again = remove_alias(ssh, "Proj-1"), remove_alias(ssh, "Proj-1")

    assert (first.made, again.made) == (True, False)
    assert ssh.known_hosts.read_text() == f"proj-10 {key}\n[web]:1 {key}\n"


def test_a_pin_that_another_alias_needs_stays(ssh: SshFiles) -> None:
    """Names in known_hosts have no capitals; with the last of the aliases the pin goes."""
    added(ssh, project="Proj-1")
    added(ssh, "ssh -p 2 root@web", "proj-1")
    ssh.known_hosts.write_text("proj-1 ecdsa-sha2-nistp256 AAAA\n")
    first = remove_alias(ssh, "Proj-1")
    between = ssh.known_hosts.read_text()
    remove_alias(ssh, "proj-1")

    assert first.state == "removed alias Proj-1; the host keys of proj-1 stay: others may need them"
    assert between == "proj-1 ecdsa-sha2-nistp256 AAAA\n"
    assert not ssh.known_hosts.read_text()


@pytest.mark.parametrize("own", ["Host mine\n  HostKeyAlias p-1\n", 'Host mine\n\thostkeyalias = "P-1" # gate\n'])
def test_a_pin_that_a_host_of_the_persons_own_needs_stays(own: str, ssh: SshFiles) -> None:
    """It is not known whose box it was pinned of."""
    ssh.config.write_text(own)
    added(ssh)
    ssh.known_hosts.write_text("p-1 ecdsa-sha2-nistp256 AAAA\n")

    assert "the host keys of p-1 stay" in remove_alias(ssh, "p-1").state
    assert ssh.known_hosts.read_text()


def test_a_pin_under_another_name_is_not_the_aliass_own(ssh: SshFiles) -> None:
    """A gateway's key is that of all who go by it; what stays is not said to be removed."""
    added(ssh, "ssh -p 1 -o HostKeyAlias=gw.example root@web")
    pins = "gw.example ecdsa-sha2-nistp256 AAAA\np-1 ecdsa-sha2-nistp256 BBBB\n"
    ssh.known_hosts.write_text(pins)
    change = remove_alias(ssh, "p-1")

    assert change.state == "removed alias p-1; the host keys of gw.example stay: others may need them"
    assert ssh.known_hosts.read_text() == pins


def test_an_alias_that_can_not_be_removed_keeps_its_pin(ssh: SshFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """It still leads to its box, and would take any key."""
    added(ssh)
    ssh.known_hosts.write_text("p-1 ecdsa-sha2-nistp256 AAAA\n")
    write = files.write

    def read_only(path: Path, data: bytes, *, mode: int) -> None:
        if path == ssh.config:
            raise LocalFileError("read-only")
        write(path, data, mode=mode)

    monkeypatch.setattr(files, "write", read_only)
    with pytest.raises(LocalFileError):
        remove_alias(ssh, "p-1")

    assert ssh.known_hosts.read_text() == "p-1 ecdsa-sha2-nistp256 AAAA\n"


def test_lines_between_a_damaged_marker_and_a_whole_block_are_not_removed(ssh: SshFiles) -> None:
    """An end that was lost made them ours."""
    added(ssh)
    block = ssh.config.read_text()
    cut = block.replace("# <<< ssh-transport p-1\n", "Host mine\n  User a\n") + block
    ssh.config.write_text(cut)
    with pytest.raises(AliasError, match="marker line of ours is damaged"):
        remove_alias(ssh, "p-1")

    assert ssh.config.read_text() == cut
