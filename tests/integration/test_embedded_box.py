"""The embedded box does what a rented one does."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

import paramiko
import pytest

from demo.box import EmbeddedBox
from tests.support.login import authorize, login, run, transport_of

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE_S = 10


@pytest.fixture
def key(tmp_path: Path) -> paramiko.PKey:
    """A key that `tmp_path` as a home lets in."""
    key = paramiko.ECDSAKey.generate()
    authorize(tmp_path, key)
    return key


def test_command_round_trip_is_binary_safe(tmp_path: Path, key: paramiko.PKey) -> None:
    """A command in the box's home gets and gives every byte, and its exit status arrives."""
    sent = os.urandom(300_000)
    with EmbeddedBox(home=tmp_path) as box, login(box.port, key=key) as client:
        server_key = transport_of(client).get_remote_server_key()
        echoed = run(client, 'cat; printf "%s %s" "$HOME" "$(pwd)" >&2; exit 7', sent)
        killed = run(client, "kill -9 $$")

    assert (7, sent, f"{tmp_path} {tmp_path}".encode()) == echoed
    assert killed == (-1, b"", b"")
    assert box.host_key_fingerprint == server_key.fingerprint
    assert box.logins == ["publickey"]
    assert box.commands[-1] == "kill -9 $$"


def test_a_key_counts_from_the_moment_it_is_authorized(tmp_path: Path) -> None:
    """The running box reads its authorized keys at each login."""
    key = paramiko.ECDSAKey.generate()
    with EmbeddedBox(home=tmp_path) as box:
        with pytest.raises(paramiko.AuthenticationException), login(box.port, key=key):
            pass
        authorize(tmp_path, key)
        with login(box.port, key=key):
            pass
        with pytest.raises(paramiko.AuthenticationException), login(box.port, key=key, user="nobody"):
            pass

    assert box.logins == ["publickey"]


class PasswordCase(NamedTuple):
    keyboard_interactive_only: bool
    method: str


@pytest.mark.parametrize(
    "case",
    [
        PasswordCase(keyboard_interactive_only=False, method="password"),
        PasswordCase(keyboard_interactive_only=True, method="keyboard-interactive"),
    ],
)
def test_password_is_asked_one_way_only(tmp_path: Path, case: PasswordCase) -> None:
    """A password opens the box by the one method it offers, a wrong one doesn't."""
    with EmbeddedBox(home=tmp_path, password="right", keyboard_interactive_only=case.keyboard_interactive_only) as box:
        with pytest.raises(paramiko.AuthenticationException), login(box.port, password="wrong"):
            pass
        # The refused key first, as people have one: the next attempt is made on the same connection.
        with login(box.port, key=paramiko.ECDSAKey.generate(), password="right"):
            pass

    assert [case.method] == box.logins


def test_sftp_starts_in_the_home(tmp_path: Path, key: paramiko.PKey) -> None:
    """A relative path lands in the home, an absolute one is the machine's."""
    outside = tmp_path / "outside"
    with (
        EmbeddedBox(home=tmp_path) as box,
        login(box.port, key=key) as client,
        client.open_sftp() as sftp,
    ):
        with sftp.open("inside", "w") as file:
            file.write(b"in")
        with sftp.open(str(outside), "w") as file:
            file.write(b"out")
        sftp.symlink("inside", "link")
        place = sftp.normalize(".")

    assert str(tmp_path) == place
    assert ((tmp_path / "link").read_text(), outside.read_text()) == ("in", "out")


def test_a_box_may_have_no_sftp(tmp_path: Path, key: paramiko.PKey) -> None:
    """Without the subsystem SFTP is refused and commands still run."""
    with EmbeddedBox(home=tmp_path, sftp=False) as box, login(box.port, key=key) as client:
        with pytest.raises(paramiko.SSHException):
            client.open_sftp()

        assert run(client, "echo here") == (0, b"here\n", b"")


def test_a_shell_only_proxy_wants_a_terminal(tmp_path: Path, key: paramiko.PKey) -> None:
    """Commands and SFTP are turned away; with a terminal there is a shell that echoes, and the command is dropped."""
    refusal = b"Error: Your SSH client doesn't support PTY\n"
    with EmbeddedBox(home=tmp_path, pty_required=True) as box, login(box.port, key=key) as client:
        transport = transport_of(client)
        with transport.open_session() as sftp, sftp.makefile("rb") as answer:
            sftp.invoke_subsystem("sftp")
            sftp_outcome = sftp.recv_exit_status(), answer.read()
        with transport.open_session() as shell, shell.makefile("rb") as answer:
            shell.get_pty()
            shell.exec_command("echo dropped")
            shell.sendall(b"echo typed; exit 3\n")
            shell_outcome = shell.recv_exit_status(), answer.read()

        assert (1, refusal, b"") == run(client, "true")
    assert (1, refusal) == sftp_outcome
    status, screen = shell_outcome
    assert status == 3
    assert b"echo typed; exit 3\r\n" in screen
    assert screen.endswith(b"typed\r\n")


def test_programs_can_be_hidden(tmp_path: Path, key: paramiko.PKey) -> None:
    """A box with an empty PATH has no rsync."""
    with EmbeddedBox(home=tmp_path, path=str(tmp_path)) as box, login(box.port, key=key) as client:
        status, _, _ = run(client, "rsync --version")

    assert status == 127


def test_rsync_goes_through(tmp_path: Path) -> None:
    """A file pushed by the real rsync over the real ssh comes back as it was."""
    home, sent, returned, identity = (tmp_path / name for name in ("home", "sent", "returned", "identity"))
    sent.write_bytes(os.urandom(3_000_000))
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(identity))
    authorize(home, key)
    with EmbeddedBox(home=home) as box:
        ssh = (
            f"ssh -F none -p {box.port} -i {identity} -o IdentityAgent=none -o LogLevel=ERROR"
            f" -o StrictHostKeyChecking=no -o UserKnownHostsFile={tmp_path}/known_hosts"
        )
        subprocess.run(["rsync", "-e", ssh, sent, "root@127.0.0.1:kept"], check=True, timeout=DEADLINE_S)
        subprocess.run(["rsync", "-e", ssh, "root@127.0.0.1:kept", returned], check=True, timeout=DEADLINE_S)

    assert sent.read_bytes() == returned.read_bytes()


def test_a_command_outlives_its_connection(tmp_path: Path, key: paramiko.PKey) -> None:
    """A command whose client is gone sees the end of its input and no signal."""
    ghost = tmp_path / "ghost"
    with EmbeddedBox(home=tmp_path) as box, login(box.port, key=key) as client:
        channel = transport_of(client).open_session()
        channel.exec_command("echo started; cat; echo alive > ghost.part; mv ghost.part ghost")
        assert channel.recv(100) == b"started\n"
        box.stop()
        deadline_s = time.monotonic() + DEADLINE_S
        while not ghost.exists() and time.monotonic() < deadline_s:
            pass

    assert ghost.read_text() == "alive\n"
