"""The doctor, against boxes with one thing wrong each."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.box import EmbeddedBox
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from tests.support.person import Person, Said


def examined(person: Person) -> tuple[Said, dict[str, dict[str, Any]]]:
    said = person.types("inv", "config.doctor", "--on=proj-1", "--json")
    (entry,) = said.document["tasks"]
    return said, {finding["step"]: finding for finding in (*entry["result"], *entry["boxes"]["proj-1"]["result"])}


def contents(person: Person) -> dict[Path, bytes]:
    files = (path for path in person.home.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path: path.read_bytes() for path in files}


def test_a_healthy_box_passes_every_step(box: Sshd, person: Person) -> None:
    """In the order in which things depend on each other; nothing is a failure."""
    said, steps = examined(person)

    assert said.exit_code == 0, said.stdout
    assert list(steps)[6:] == [
        "name", "banner", "host key", "login", "sftp", "commands", "terminal", "rsync there", "home", "space",
        "shared mounts", "clock", "python", "gpu", "path", "sender here", "sender there",
    ]  # fmt: skip
    assert steps["host key"]["seen"] == f"{box.host_key_fingerprint} (ssh-ed25519), as pinned"
    assert "failure" not in {finding["status"] for finding in steps.values()}


@pytest.mark.parametrize("met_before", [True, False])
def test_it_changes_nothing(met_before: bool, box: Sshd, person: Person) -> None:
    """Not even a first contact is pinned."""
    if not met_before:
        (person.ssh / "known_hosts").unlink()
    before = {
        path: path.read_bytes() for path in person.home.rglob("*") if path.is_file() and ".cache" not in str(path)
    }

    said, steps = examined(person)

    after = contents(person)
    assert said.exit_code == 0
    assert steps["host key"]["status"] == ("ok" if met_before else "warning")
    assert after == before


def test_a_shell_only_proxy_is_named(person: Person, tmp_path: Path) -> None:
    """No SFTP, and at its terminal no shell that commands can go by; the fix is another endpoint."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    with EmbeddedBox(home=tmp_path / "home", pty_required=True, at_terminal=("/bin/echo", "stopped")) as server:
        person.adds_alias("proj-1", server.port)

        said, steps = examined(person)

    assert said.exit_code == 26
    assert steps["commands"]["status"] == "failure"
    assert "stopped" in steps["commands"]["cause"]
    assert steps["sftp"]["status"] == "warning"


def test_a_box_without_rsync_gets_the_command_that_installs_it(person: Person, tmp_path: Path) -> None:
    """A warning: copies still work."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "stat", "df", "tail", "cut", "date", "hostname", "id", "cat", "readlink"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    with EmbeddedBox(home=tmp_path / "home", path=str(tmp_path / "bin")) as server:
        person.adds_alias("proj-1", server.port)

        _, steps = examined(person)

    assert steps["rsync there"]["status"] == "warning"
    assert "apt-get install" in steps["rsync there"]["fix"]


def test_a_changed_host_key_shows_both_fingerprints(box: Sshd, person: Person, tmp_path: Path) -> None:
    """And stops: nothing behind it can be trusted."""
    old, port = box.host_key_fingerprint, box.port
    box.close()
    with Sshd(tmp_path / "other", port=port) as new:
        said, steps = examined(person)

    assert said.exit_code == 26
    assert new.host_key_fingerprint in steps["host key"]["seen"]
    assert old in steps["host key"]["cause"]
    assert steps["host key"]["fix"] == "inv config.forget proj-1"
    assert "login" not in steps


def test_a_refused_login_names_what_was_offered_and_accepted(sshd: Sshd, person: Person) -> None:
    """The hint is the push."""
    person.makes_key()
    person.adds_alias("proj-1", sshd.port, sshd.user)

    _, steps = examined(person)

    assert steps["login"]["cause"] == "the server accepts: publickey; keys offered: id_ed25519"


def test_a_port_that_refuses_and_one_that_sends_nothing_are_distinguished(person: Person) -> None:
    """TCP closed; TCP open and closed again without a banner."""
    person.adds_alias("proj-1", 1)
    _, refused = examined(person)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        person.types("inv", "config.update", "proj-1", str(silent.getsockname()[1]))
        with person.starts("inv", "config.doctor", "--on=proj-1", "--json") as process:
            opened, _ = silent.accept()
            opened.close()
            stdout, _ = process.communicate(timeout=30)

    assert refused["port"]["cause"] == "nothing listens there"
    assert "sent nothing, and closed" in stdout


def test_a_home_that_others_can_write_is_a_failure(box: Sshd, person: Person) -> None:
    """Sshd would ignore the keys in it."""
    box.home.chmod(0o777)

    said, steps = examined(person)

    assert said.exit_code == 26
    assert steps["home"]["fix"] == "ssh proj-1 chmod go-w ~"


def test_a_key_that_others_can_read_is_a_failure_here(person: Person) -> None:
    """Without a box only this machine is examined."""
    person.makes_key()
    person.identity.chmod(0o644)

    said = person.types("inv", "config.doctor")

    assert said.exit_code == 26
    assert f"fix: chmod 600 {person.identity}" in said.stdout
