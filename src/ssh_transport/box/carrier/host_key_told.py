"""What is said of a host key: that it was pinned, or what is wrong with it where a login failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.errors import HostKeyChanged, HostKeyUnknown
from ssh_transport.openssh import host_keys
from ssh_transport.terminal import report

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError

    from .login_log import LoginLog
    from .target import Target

_REVOKED = re.compile(r"REVOKED HOST KEY DETECTED|marked as revoked")
_CHANGED = re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED")
_UNKNOWN = re.compile(r"No \S+ host key is known for|requested strict checking")
_ANY = re.compile(r"Host key verification failed")


def tell_pinned(target: Target, fingerprint: str) -> None:
    """Say that the key with this fingerprint is trusted from now on, since a first contact, and where to compare it."""
    profile, _ = target.platform
    where = f"; compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else ""
    report.say(f"{target.name}: first contact, pinned host key {fingerprint}{where}")


def fault(target: Target, log: LoginLog) -> TaskError | None:
    """Return the error, or `None` if it is not the host key that was the reason."""
    said, (kind, seen) = log.said, log.host_key
    if not _ANY.search(said):
        return None
    resolved = target.resolved
    if _REVOKED.search(said):
        return host_keys.revoked(resolved, f"{seen} ({kind})")
    if _UNKNOWN.search(said) and not _CHANGED.search(said):
        profile, _ = target.platform
        where = profile.fingerprint_shown_in or "what the platform shows"
        return HostKeyUnknown(
            f"the host key of `{target.name}` is not known; nothing was sent",
            box=target.name,
            cause=f"it shows {seen} ({kind}), and the alias says `StrictHostKeyChecking yes`",
            hint=f"compare it with {where}, then type: ssh -o StrictHostKeyChecking=ask {target.name}",
        )
    if _CHANGED.search(said):
        return host_keys.changed(resolved, f"{seen} ({kind})")
    what, hint = f"the host key of `{target.name}` is not trusted; nothing was sent", f"see why: ssh -v {target.name}"
    return HostKeyChanged(what, box=target.name, cause=said, hint=hint)
