"""The real sshd of the tests is isolated, can be rebooted, and says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko
import pytest

from tests.support import sshd as fixture
from tests.support.login import authorize, login, run, transport_of
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = paramiko.ECDSAKey.generate()


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A server that lets `KEY` in."""
    with Sshd(tmp_path) as sshd:
        authorize(sshd.home, KEY)
        yield sshd


def test_commands_and_sftp_start_in_the_home_of_the_fixture(sshd: Sshd) -> None:
    """Neither HOME nor a relative path leads to the home of whoever runs the tests."""
    with login(sshd.port, user=sshd.user, key=KEY) as client:
        ran = run(client, 'cat; printf "%s %s" "$HOME" "$(pwd)"; exit 7', b"\xff\x00 ")
        with client.open_sftp() as sftp:
            place = sftp.normalize(".")

    assert (7, f"{sshd.home} {sshd.home}".encode(), b"") == (
        ran[0],
        ran[1].removeprefix(b"\xff\x00 "),
        ran[2],
    )
    assert str(sshd.home) == place


def test_programs_can_be_hidden(tmp_path: Path) -> None:
    """A server with an empty PATH has no rsync."""
    with Sshd(tmp_path, path="") as sshd:
        authorize(sshd.home, KEY)
        with login(sshd.port, user=sshd.user, key=KEY) as client:
            status, _, _ = run(client, "rsync --version")

    assert status == 127


def test_a_reboot_keeps_port_and_host_key(sshd: Sshd) -> None:
    """While it is down connections are refused; afterwards it is the same server."""
    fingerprints = []
    for _ in range(2):
        with login(sshd.port, user=sshd.user, key=KEY) as client:
            fingerprints.append(transport_of(client).get_remote_server_key().fingerprint)
            sshd.stop()
            with (
                pytest.raises(paramiko.ssh_exception.NoValidConnectionsError),
                login(sshd.port, user=sshd.user, key=KEY),
            ):
                pass
        sshd.start()

    assert [sshd.host_key_fingerprint] * 2 == fingerprints


def test_sessions_can_be_killed(sshd: Sshd) -> None:
    """Each login is one session; killed sessions end their connections, and the next login works."""
    with login(sshd.port, user=sshd.user, key=KEY) as first, login(sshd.port, user=sshd.user, key=KEY):
        two = sshd.sessions()
        channel = transport_of(first).open_session()
        channel.exec_command("cat")
        sshd.kill_sessions()
        channel.settimeout(10)
        rest = channel.recv(1)
    with login(sshd.port, user=sshd.user, key=KEY) as client:
        assert run(client, "true") == (0, b"", b"")

    assert len(two) == 2
    assert rest == b""


def test_a_missing_sshd_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sshd a test fails with the package to install, it never skips."""
    monkeypatch.setattr(fixture, "SSHD_PLACES", ())
    monkeypatch.setenv("PATH", "")

    with pytest.raises(RuntimeError, match="`sshd`: install openssh-server"):
        Sshd(tmp_path)


def test_a_bad_configuration_is_shown(tmp_path: Path) -> None:
    """What sshd says when it refuses to start is in the error."""
    with pytest.raises(RuntimeError, match="Bad configuration option: Nonsense"):
        Sshd(tmp_path, extra="Nonsense yes")
