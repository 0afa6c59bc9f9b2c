"""An alias that is added from a pasted string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.operations.alias import AliasSettings, ensure_alias
from ssh_transport.platforms.endpoint import parse

if TYPE_CHECKING:
    from ssh_transport.change import Change
    from ssh_transport.openssh.resolution import SshFiles

STYLE = AliasSettings(identity="/k", keepalive_s=60, keepalive_misses=120, platform="generic")


def added(ssh: SshFiles, text: str = "ssh -p 1 root@web", project: str = "p") -> Change:
    return ensure_alias(ssh, project, parse(text), STYLE)
