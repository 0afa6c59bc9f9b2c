"""The options and arguments of every `ssh` of ours."""

from __future__ import annotations

import math
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.openssh.block import quoted
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .carrier import Login
    from .target import Target


def for_copies(settings: TransferSettings) -> dict[str, str]:
    """Return the options that every `ssh` of a copy gets, whether it runs on this machine or on a box."""
    return {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "ConnectTimeout": str(settings.connect_timeout_s),
        "ServerAliveInterval": str(settings.keepalive_s),
        "ServerAliveCountMax": str(settings.keepalive_misses),
        "ControlMaster": "no",
        "ControlPath": "none",
        # The copy must not keep a shared connection open after its end.
        "ControlPersist": "no",
        "ClearAllForwardings": "yes",
        # The root user of a box could use a forwarded agent; a later `-A` still overrides this.
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "RemoteCommand": "none",
        "RequestTTY": "no",
        "PermitLocalCommand": "no",
        "Compression": "no",
        "LogLevel": "ERROR",
    }


# For those who only go through: since OpenSSH 8.7 an alias can say them.
_OF_SESSIONS = {"SessionType": "default", "StdinNull": "no", "ForkAfterAuthentication": "no"}


def login_options(
    target: Target, login: Login, pins: Sequence[Path], *, timeout_s: float, batch: bool
) -> dict[str, str]:
    """
    Return the options of the `ssh` that logs in, which go before those of `ssh_call`.

    :param pins: files that get the key of a first contact, instead of the person's own.
    :param batch: whether nobody answers any question.
    """
    resolved = target.resolved
    is_strict = resolved.options.get("stricthostkeychecking") in {"yes", "true"}
    only = {"IdentitiesOnly": "yes"} if login.only else {}
    typed = login.typed(target)
    ways = {"PasswordAuthentication": "yes" if typed.get("password") else "no"}
    if login.password:
        ways |= {"PubkeyAuthentication": "no", "PreferredAuthentications": "keyboard-interactive,password"}
    return {
        # Only the person can tell whether it is the box; what is pinned must be the same in any case.
        "StrictHostKeyChecking": "yes" if is_strict else "accept-new",
        "UserKnownHostsFile": " ".join(quoted(str(path)) for path in (*pins, *resolved.known_hosts)),
        "BatchMode": "yes" if batch else "no",
        "NumberOfPasswordPrompts": "1",
        "ConnectTimeout": str(math.ceil(timeout_s)),
        **only,
        **ways,
    }


def ssh_options(target: Target) -> list[str]:
    """
    Return the arguments of an `ssh` to this target, without name, port and user.

    The host key must be known, as the login before has pinned it; `ssh` asks nothing; a silent link is noticed soon;
    forwardings, commands and shared connections of the alias are turned off.
    """
    resolved = target.resolved
    options = {
        **for_copies(TransferSettings.of(target.c)),
        "UserKnownHostsFile": " ".join(quoted(str(path)) for path in resolved.known_hosts),
    }
    if resolved.ciphers and _has_aes():
        options["Ciphers"] = ",".join(sorted(resolved.ciphers, key=lambda cipher: "gcm" not in cipher))
    options |= {key: value for key, value in _OF_SESSIONS.items() if key.lower() in resolved.options}
    words = [*target.files.words, *option_words(options)]
    if target.files.home_moved:
        words += [word for path in resolved.identities if path.is_file() for word in ("-i", str(path))]
    return words


def ssh_call(target: Target) -> list[str]:
    """Return the command line of an `ssh` to this target that runs a command, up to `target.resolved.name`."""
    identities = target.given.get("key_filename") or []
    given = [identities] if isinstance(identities, str) else identities
    for path in (Path(one).expanduser() for one in given):
        # With the public half alone, the agent has the other.
        if not path.is_file() and not path.with_name(f"{path.name}.pub").is_file():
            raise UsageError(f"there is no key `{one_line(str(path))}`", hint="-i names the file of a private key")
    words = [*ssh_options(target), *(word for path in given for word in ("-i", path))]
    return ["ssh", *words, "-p", str(target.resolved.port), "-l", target.resolved.user]


def option_words(options: Mapping[str, str]) -> list[str]:
    """Return options as the words of a command line."""
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def _has_aes() -> bool:
    """Whether AES runs in hardware; without `/proc/cpuinfo`, whether it usually does on this architecture."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine() in {"arm64", "x86_64"}
    return bool(re.search(r"^(?:flags|Features)\s*:.*\baes\b", flags, re.MULTILINE))
