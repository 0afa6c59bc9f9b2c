"""A real OpenSSH server on a free loopback port, with a home and a host key of its own."""

from __future__ import annotations

import base64
import contextlib
import functools
import getpass
import hashlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEADLINE_S = 10
POLL_S = 0.005

# sshd is often outside the PATH of an ordinary user; every distribution hides sftp-server elsewhere.
SSHD_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")
SFTP_SERVER_PLACES = (
    "/usr/lib/openssh",
    "/usr/libexec/openssh",
    "/usr/lib/ssh",
    "/usr/lib/misc",
    "/usr/libexec",
)

# Setting HOME alone would let a relative path reach the real home of whoever runs the tests.
FORCED_COMMAND = """\
#!/bin/sh
export PATH={path}
cd "$HOME" || exit 1
case "$SSH_ORIGINAL_COMMAND" in
    internal-sftp*) exec {sftp_server} ;;
    "") exec sh ;;
    *) {run} ;;
esac
"""

# The first value of an option counts, hence the extra lines come first. HOME is set this early because
# some shells read a startup file there before they start the forced command; a tmux is each box's own, as tests that
# run side by side use the same names in it. A key exchange that is not OpenSSL's would cost a third of all that a login
# takes, on both sides: OpenSSH has its own code for the others.
CONFIG = """\
{extra}
ListenAddress 127.0.0.1
Port {port}
HostKey "{directory}/host_key"
PidFile "{directory}/sshd.pid"
AuthorizedKeysFile "{home}/.ssh/authorized_keys"
SetEnv HOME="{home}" TMUX_TMPDIR="{directory}"
ForceCommand {forced_command}
Subsystem sftp internal-sftp
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin yes
PermitUserRC no
KexAlgorithms ecdh-sha2-nistp256
PrintMotd no
PrintLastLog no
MaxStartups 100
LogLevel DEBUG1
"""


class Sshd:
    """
    An OpenSSH server, running from construction to `close`, or to the end of `with`.

    Commands and SFTP start in `home`, which is not a jail: absolute paths are the machine's.

    :param directory: where everything of this server lives; made if it doesn't exist.
    :param path: `PATH` of the commands; without it the one of this process.
    :param sftp_server: the words of the program behind the subsystem `sftp`; without it OpenSSH's own.
    :param home: where commands start, and keys lie; without it a directory in `directory`.
    :param login_shell: what runs the commands; without start-up files, unless it reads some for each command.
    :param port: 0 takes a free one, which stays reserved while the server is down.
    :param extra: lines of `sshd_config` that overrule the fixture's own.
    :param under: the words of a program that starts it.
    :raises RuntimeError: sshd or sftp-server is missing, or sshd did not start.
    """

    def __init__(
        self,
        directory: Path,
        *,
        path: str | None = None,
        sftp_server: Sequence[str] = (),
        home: Path | None = None,
        login_shell: str = "sh",
        port: int = 0,
        extra: str = "",
        under: Sequence[str] = (),
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.home = home or directory / "home"
        self.log = directory / "sshd.log"
        self.user = getpass.getuser()
        self._config = directory / "sshd_config"
        self._under = under
        self._process: subprocess.Popen[bytes] | None = None
        self._sshd = _find("sshd", SSHD_PLACES)
        if home is None:
            (self.home / ".ssh").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.touch()
        self.host_key_line = _make_host_key(directory / "host_key")
        forced_command = directory / "forced_command"
        forced_command.write_text(
            FORCED_COMMAND.format(
                # This shell is one already: another took as long as most commands.
                run='eval "$SSH_ORIGINAL_COMMAND"'
                if login_shell == "sh"
                else f'exec {login_shell} -c "$SSH_ORIGINAL_COMMAND"',
                path=shlex.quote(os.environ["PATH"] if path is None else path),
                sftp_server=shlex.join(sftp_server or [openssh_sftp()]),
            )
        )
        forced_command.chmod(0o755)
        # Bound and not listening: sshd can listen beside it, no other program can take the port.
        self._reservation = socket.socket()
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reservation.bind(("127.0.0.1", port))
        self.port = self._reservation.getsockname()[1]
        self._config.write_text(
            CONFIG.format(
                directory=directory,
                extra=extra,
                forced_command=shlex.quote(str(forced_command)),
                home=self.home,
                port=self.port,
            )
        )
        self.start()

    @property
    def host_key_fingerprint(self) -> str:
        """The fingerprint as OpenSSH prints it: ``SHA256:`` and unpadded base64."""
        blob = base64.b64decode(self.host_key_line.split()[1])
        return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

    def start(self) -> None:
        """Listen, again on the same port and with the same host key: after `stop`, a reboot."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        already_logged = self.log.stat().st_size
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                # -e would mix what a session logs into what its command says. With -r a session is a fork: to start
                # another sshd for each would take a fifth of a login. From 9.8 on, -r does nothing.
                [*self._under, self._sshd, "-Dr", "-E", self.log, "-f", self._config, *_without_penalties(self._sshd)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        process = self._process
        listening = f"Server listening on 127.0.0.1 port {self.port}.".encode()
        # Asking the log, not the port, leaves no session behind.
        _wait_until(lambda: process.poll() is not None or listening in self.log.read_bytes()[already_logged:])
        if process.poll() is not None:
            self.close()
            raise RuntimeError(f"sshd did not start: {self.log.read_bytes()[already_logged:].decode()}")

    def stop(self) -> None:
        """Kill the listener and every session. Safe to repeat; `start` brings the same server back."""
        if self._process is None:
            return
        # Halted, the listener can't start a session that the list doesn't have.
        self._process.send_signal(signal.SIGSTOP)
        family = self._family()
        self._process.kill()
        self._process.wait()
        self._process = None
        _kill(family)

    def close(self) -> None:
        """Stop for good, and give the port back."""
        self.stop()
        self._reservation.close()

    def sessions(self) -> list[int]:
        """Return the process ids of the connections that are alive, one each, whether or not logged in."""
        return [] if self._process is None else _children(self._process.pid)

    def kill_sessions(self) -> None:
        """Kill the server's end of every connection; the commands of their clients are left behind."""
        family = self._family()
        _kill(family)
        _wait_until(lambda: not set(family) & set(self.sessions()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _family(self) -> list[int]:
        """Return the sessions and the unprivileged halves that some of them have."""
        sessions = self.sessions()
        children = [child for session in sessions for child in _children(session)]
        return sessions + [child for child in children if _name(child).startswith("sshd")]


@functools.cache
def _without_penalties(sshd: str) -> list[str]:
    """Return the option that lets failed logins go unpunished, where this sshd knows it: from 9.8 on."""
    option = ["-o", "PerSourcePenalties=no"]
    tried = subprocess.run([sshd, "-t", "-f", os.devnull, *option], capture_output=True, check=False)
    # It reads its command line first, and may miss its host keys after that.
    return [] if b"PerSourcePenalties" in tried.stderr else option


def openssh_sftp() -> str:
    """Return the path of OpenSSH's own server."""
    return _find("sftp-server", SFTP_SERVER_PLACES)


def _find(program: str, places: tuple[str, ...]) -> str:
    found = shutil.which(program, path=os.pathsep.join((*places, os.environ["PATH"])))
    if found is None:
        raise RuntimeError(f"the tests need `{program}`: install openssh-server")
    return found


def _make_host_key(path: Path) -> str:
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _children(process: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def _name(process: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/comm").read_text().strip()
    return ""


def _kill(processes: list[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _wait_until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not true():
        if time.monotonic() > deadline_s:
            raise TimeoutError("sshd did not do in time what was asked of it")
        time.sleep(POLL_S)
