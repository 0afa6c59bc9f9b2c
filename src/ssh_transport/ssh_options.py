"""How `ssh` is called for a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.cpu import has_aes
from ssh_transport.settings import TransferSettings
from ssh_transport.ssh_config import quoted

if TYPE_CHECKING:
    from ssh_transport.box import Box


def for_copies(settings: TransferSettings) -> dict[str, str]:
    """Return the options of every `ssh` of a copy, on this machine and from one box to another."""
    return {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "ConnectTimeout": str(settings.connect_timeout_s),
        "ServerAliveInterval": str(settings.keepalive_s),
        "ServerAliveCountMax": str(settings.keepalive_misses),
        "ControlMaster": "no",
        "ControlPath": "none",
        # What is shared ends with the copy, whatever the person's other connections do.
        "ControlPersist": "no",
        "ClearAllForwardings": "yes",
        # The root of a box could use an agent that is forwarded; an `-A` behind these words still wins.
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "RemoteCommand": "none",
        "RequestTTY": "no",
        "PermitLocalCommand": "no",
        "Compression": "no",
        "LogLevel": "ERROR",
    }


def ssh_options(box: Box) -> list[str]:
    """
    Return the words that make `ssh` fit for a copy to this box.

    The host key is pinned by the Fabric connection that came before, so here it must be known; nobody is asked
    anything; silence is noticed soon; and nothing that the alias does besides logging in (forwardings, a command, a
    shared connection that may be dead) takes part.
    """
    resolved = box.resolved
    options = {
        **for_copies(TransferSettings.of(box.c)),
        "UserKnownHostsFile": " ".join(quoted(str(path)) for path in resolved.known_hosts),
    }
    if resolved.ciphers and has_aes():
        options["Ciphers"] = ",".join(sorted(resolved.ciphers, key=lambda cipher: "gcm" not in cipher))
    words = [*box.files.words, *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    if box.files.home_moved:
        words += [word for path in resolved.identities if path.is_file() for word in ("-i", str(path))]
    return words


def ssh_call(box: Box) -> list[str]:
    """Return the words of an `ssh` to this box, up to the name, which `box.resolved.name` is."""
    identities = box.given.get("key_filename") or []
    given = [identities] if isinstance(identities, str) else identities
    words = [*ssh_options(box), *(word for path in given for word in ("-i", path))]
    return ["ssh", *words, "-p", str(box.resolved.port), "-l", box.resolved.user]
