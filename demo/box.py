"""A simulated GPU box in a thread: an SSH server on loopback with its own home directory."""

from __future__ import annotations

import asyncio
import os
import posixpath
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

import asyncssh

from .background import BackgroundLoop
from .session import attend, attend_terminal, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    Server = asyncssh.SSHServerProcess[bytes]

NO_PTY = b"Error: Your SSH client doesn't support PTY\n"

# The fastest ciphers that both OpenSSH and Paramiko support.
CIPHERS = ["aes128-gcm@openssh.com", "aes128-ctr"]


class EmbeddedBox:
    """
    An SSH server on 127.0.0.1 from `start` to `stop`, or inside `with`.

    Commands run as real processes in `home`. As under sshd without a terminal, a lost connection
    closes the pipes of its command and sends no signal: a command that neither reads nor writes keeps running.

    :param home: the user's existing home; its `.ssh/authorized_keys` is read at each login.
    :param keyboard_interactive_only: ask for `password` by keyboard-interactive, as PAM does, not by password.
    :param sftp: offer the SFTP subsystem; relative paths start at `home`, absolute ones are the machine's.
    :param pty_required: behave like RunPod's proxy: refuse sessions without a terminal, and with one ignore the
        command and start a shell at it.
    :param at_terminal: the words of that shell.
    :param path: `PATH` of the commands; without it the one of this process.
    :param port: 0 takes a free one.
    """

    def __init__(  # noqa: PLR0913 - each is one trait of the box
        self,
        *,
        home: Path,
        user: str = "root",
        password: str | None = None,
        keyboard_interactive_only: bool = False,
        sftp: bool = True,
        pty_required: bool = False,
        at_terminal: Sequence[str] = ("/bin/sh",),
        path: str | None = None,
        port: int = 0,
        host_key: asyncssh.SSHKey | None = None,
    ) -> None:
        self.home = home
        self.user = user
        self.password = password
        self.keyboard_interactive_only = keyboard_interactive_only
        self.port = port
        self.host_key = host_key or asyncssh.generate_private_key("ssh-ed25519")
        self.logins: list[str] = []
        self.commands: list[str] = []
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._loop: BackgroundLoop | None = None
        self._sftp = sftp
        self._pty_required = pty_required
        self._at_terminal = at_terminal
        self._environment = {
            "HOME": str(home),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "LOGNAME": user,
            "PATH": os.environ["PATH"] if path is None else path,
            "SHELL": "/bin/sh",
            "USER": user,
        }

    @property
    def host_key_fingerprint(self) -> str:
        return self.host_key.get_fingerprint()

    def start(self) -> None:
        """Listen; after a `stop` on the same port and with the same host key, as after a reboot."""
        self._loop = BackgroundLoop("embedded box")
        self._loop.call(self._listen())

    def stop(self) -> None:
        """Close the listener and every connection. Safe to repeat."""
        if self._loop is not None:
            self._loop.call(self._close())
            self._loop.close()
            self._loop = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _listen(self) -> None:
        sftp = self._refuse_sftp if self._pty_required else self._start_sftp
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: _Login(self),
            server_host_keys=[self.host_key],
            process_factory=self._serve,
            sftp_factory=sftp if self._sftp else None,
            encoding=None,
            line_editor=False,
            encryption_algs=CIPHERS,
            agent_forwarding=False,
            gss_host=None,
        )
        self.port = self._acceptor.get_port()

    async def _close(self) -> None:
        self._acceptor.close()
        connections = list(self.connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))
        await self._acceptor.wait_closed()

    def _start_sftp(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return _HomeSFTP(channel, self.home)

    async def _refuse_sftp(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        refuse(channel, NO_PTY)
        # An SFTP server on a closed channel would close the whole connection, so never return one.
        never: asyncio.Future[asyncssh.SFTPServer] = asyncio.get_running_loop().create_future()
        return await never

    async def _serve(self, session: Server) -> None:
        if session.command is not None:
            self.commands.append(session.command)
        if self._pty_required and session.term_type is None:
            refuse(session.channel, NO_PTY)
            return
        if self._pty_required:
            await attend_terminal(session, self._at_terminal, self.home, self._environment)
            return
        child = subprocess.Popen(  # noqa: ASYNC220 - starting takes a millisecond
            ["/bin/sh"] if session.command is None else ["/bin/sh", "-c", session.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=self.home,
            env=self._environment,
            start_new_session=True,
        )
        await attend(session, child)


class _Login(asyncssh.SSHServer):
    """Checks the logins of one connection."""

    def __init__(self, box: EmbeddedBox) -> None:
        self._box = box
        self._method = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._box.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh names it
        self._box.connections.discard(self._connection)

    def auth_completed(self) -> None:
        self._box.logins.append(self._method)

    def public_key_auth_supported(self) -> bool:
        # asyncssh calls this after every failure. Paramiko requests the service again with each attempt, which
        # OpenSSH allows and asyncssh answers by disconnecting; this makes asyncssh allow it.
        self._connection._next_service = b"ssh-userauth"  # noqa: SLF001
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        try:
            text = (self._box.home / ".ssh" / "authorized_keys").read_text("utf-8")
            authorized = asyncssh.import_authorized_keys(text)
        except (FileNotFoundError, ValueError):
            # asyncssh raises ValueError for a file in which no line is a key.
            return False
        known = authorized.validate(key, "127.0.0.1", "127.0.0.1") is not None
        return self._accept("publickey", username, known=known)

    def password_auth_supported(self) -> bool:
        return self._box.password is not None and not self._box.keyboard_interactive_only

    def validate_password(self, username: str, password: str) -> bool:
        return self._accept("password", username, known=password == self._box.password)

    def kbdint_auth_supported(self) -> bool:
        return self._box.password is not None and self._box.keyboard_interactive_only

    def get_kbdint_challenge(
        self,
        username: str,  # noqa: ARG002 - asyncssh passes all three
        lang: str,  # noqa: ARG002
        submethods: str,  # noqa: ARG002
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return self._accept("keyboard-interactive", username, known=list(responses) == [self._box.password])

    def _accept(self, method: str, username: str, *, known: bool) -> bool:
        self._method = method
        return known and username == self._box.user


class _HomeSFTP(asyncssh.SFTPServer):
    """SFTP that starts in a home and is not confined to it, as OpenSSH's."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], home: Path) -> None:
        super().__init__(channel)
        self._home = os.fsencode(home)

    def map_path(self, path: bytes) -> bytes:
        return posixpath.join(self._home, path)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        # The target is stored unchanged, not mapped.
        Path(os.fsdecode(self.map_path(newpath))).symlink_to(os.fsdecode(oldpath))
