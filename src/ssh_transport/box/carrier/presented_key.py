"""The host key that a box presents to an `ssh` that does not log in."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from paramiko.hostkeys import HostKeyEntry

from ssh_transport.openssh import host_keys
from ssh_transport.openssh.block import quoted
from ssh_transport.temporary import PrivateDirectory

from . import login_log
from .login_log import LoginLog
from .master import plain_environment
from .process import Process
from .program import Spawned
from .ssh_call import ssh_call

if TYPE_CHECKING:
    from pathlib import Path

    import paramiko

    from .target import Target

_TICK_S = 0.005
# Of what a key is called, how it signs: RFC 8332.
_ALGORITHMS = {"ssh-rsa": "rsa-sha2-512,rsa-sha2-256"}


def shown_host_key(target: Target) -> paramiko.PKey:
    """See `carrier.shown_host_key`."""
    resolved = target.resolved
    timeout_s = target.login_timeout_s
    kinds = ",".join(_ALGORITHMS.get(key.get_name(), key.get_name()) for key in host_keys.pinned(resolved))
    with PrivateDirectory() as place:
        seen, log = place.path / "known_hosts", place.path / "log"
        options = {
            "UserKnownHostsFile": quoted(str(seen)),
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "accept-new",
            "ConnectTimeout": str(math.ceil(timeout_s)),
            "LogLevel": "DEBUG1",
            "PubkeyAuthentication": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            # A server has one key of each type: the type of the pinned one is asked for first.
            **({"HostKeyAlgorithms": f"^{kinds}"} if kinds else {}),
        }
        program, *words = ssh_call(target)
        argv = [
            program,
            "-E",
            str(log),
            *(word for key, value in options.items() for word in ("-o", f"{key}={value}")),
            *words,
            resolved.name,
            "exit",
        ]
        line = ""
        with Process(Spawned(argv, plain_environment())) as process:
            until_s = time.monotonic() + 2 * timeout_s
            while process.is_running and not (line := _whole_line(seen)) and time.monotonic() < until_s:
                time.sleep(_TICK_S)
            stderr = process.stderr
        line = line or _whole_line(seen)
        entry = HostKeyEntry.from_line(line) if line else None
        if entry is None or entry.key is None:
            logged = LoginLog(log.read_text(errors="replace") if log.exists() else "")
            proxied = bool(resolved.proxy_jump or resolved.proxy_command)
            raise login_log.fault(target.name, logged, stderr, proxied=proxied, declined="")
        return entry.key


def _whole_line(path: Path) -> str:
    """Return the first line of a file that is being written, or nothing as long as it has no end."""
    text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    line, end, _ = text.partition("\n")
    return line if end else ""
