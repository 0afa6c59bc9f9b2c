"""A login with Paramiko to a server of the tests, whose host key is the caller's to check."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def login(
    port: int, *, user: str = "root", key: paramiko.PKey | None = None, password: str | None = None
) -> Iterator[paramiko.SSHClient]:
    """Yield a client that used `key` or `password`, and neither an agent nor the keys of this user."""
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
        client.connect(
            "127.0.0.1",
            port,
            user,
            password,
            key,
            allow_agent=False,
            look_for_keys=False,
            timeout=10,
        )
        yield client


def transport_of(client: paramiko.SSHClient) -> paramiko.Transport:
    transport = client.get_transport()
    assert transport is not None
    return transport


def authorize(home: Path, key: paramiko.PKey) -> None:
    """Let the owner of `key` log in to the server that has this `home`."""
    authorized_keys = home / ".ssh" / "authorized_keys"
    authorized_keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A comment above and no newline at the end, as people leave them.
    authorized_keys.write_text(f"# laptop\n{key.get_name()} {key.get_base64()}")


def run(client: paramiko.SSHClient, command: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """Return exit status (-1 for a signal), output and errors of `command`."""
    channel = transport_of(client).open_session()
    with channel, channel.makefile("rb") as stdout, channel.makefile_stderr("rb") as stderr:
        channel.exec_command(command)
        channel.sendall(stdin)
        channel.shutdown_write()
        return channel.recv_exit_status(), stdout.read(), stderr.read()
