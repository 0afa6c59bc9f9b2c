"""How `ssh` is called for a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.cpu import has_aes
from ssh_transport.settings import TransferSettings
from ssh_transport.ssh_config import quoted

if TYPE_CHECKING:
    from ssh_transport.box import Box


def ssh_options(box: Box) -> list[str]:
    """
    Return the words that make `ssh` fit for a copy to this box.

    The host key is pinned by the Fabric connection that came before, so here it must be known; nobody is asked
    anything; silence is noticed soon; and nothing that the alias does besides logging in (forwardings, a command, a
    shared connection that may be dead) takes part.
    """
    settings = TransferSettings.of(box.c)
    resolved = box.resolved
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": " ".join(quoted(str(path)) for path in resolved.known_hosts),
        "ConnectTimeout": str(settings.connect_timeout_s),
        "ServerAliveInterval": str(settings.keepalive_s),
        "ServerAliveCountMax": str(settings.keepalive_misses),
        "ControlMaster": "no",
        "ControlPath": "none",
        "ClearAllForwardings": "yes",
        "RemoteCommand": "none",
        "RequestTTY": "no",
        "PermitLocalCommand": "no",
        "Compression": "no",
        "LogLevel": "ERROR",
    }
    if resolved.ciphers and has_aes():
        options["Ciphers"] = ",".join(sorted(resolved.ciphers, key=lambda cipher: "gcm" not in cipher))
    words = [*box.files.words, *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    if box.files.home_moved:
        words += [word for path in resolved.identities if path.is_file() for word in ("-i", str(path))]
    return words
