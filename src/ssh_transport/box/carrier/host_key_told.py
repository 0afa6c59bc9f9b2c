"""What is said of a host key: that it was pinned, or what is wrong with it where a login failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.errors import HostKeyChanged, HostKeyUnknown
from ssh_transport.openssh import host_keys
from ssh_transport.terminal import report
from ssh_transport.text import one_line

if TYPE_CHECKING:
    import paramiko

    from ssh_transport.errors import TaskError

    from .login_log import LoginLog
    from .target import Target

_REVOKED = re.compile(r"REVOKED HOST KEY DETECTED|marked as revoked")
_CHANGED = re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED")
_UNKNOWN = re.compile(r"No \S+ host key is known for|requested strict checking")
_ANY = re.compile(r"Host key verification failed")
_ADDED = re.compile(r"(?:Failed to add the host|Permanently added .*) to the list of known hosts.*")


def tell_pinned(target: Target, key: paramiko.PKey) -> None:
    """Say that a key is trusted from now on, since a first contact, where to compare it, and what contradicts it."""
    profile, _ = target.platform
    where = f"; compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else ""
    report.say(f"{target.name}: first contact, pinned host key {host_keys.fingerprint(key)}{where}")
    others = host_keys.of_address(target.resolved)
    if others and key not in others:
        known = ", ".join(dict.fromkeys(map(host_keys.fingerprint, others)))
        report.say(f"warning: known_hosts has another for {target.address}, {known}: was it made anew since?")


def check_pinned(target: Target, log: LoginLog) -> paramiko.PKey | None:
    """
    Return the key that a first contact has pinned; `None` where an authority or DNS has vouched for it.

    Of the file, not of the log, into which a server may write.

    :raises LocalFileError: it was let in without being pinned.
    """
    if now_pinned := host_keys.pinned(target.resolved):
        return now_pinned[-1]
    if said := _ADDED.search(log.said):
        raise host_keys.unpinned(target.resolved, one_line(said[0]))
    return None


def unknown(target: Target, shown: str) -> HostKeyUnknown:
    """Return the error of a key, fingerprint and type, that is not known where only known ones are let in."""
    profile, _ = target.platform
    where = profile.fingerprint_shown_in or "what the platform shows"
    return HostKeyUnknown(
        f"the host key of `{target.name}` is not known; nothing was sent",
        box=target.name,
        cause=f"it shows {shown}, and the alias says `StrictHostKeyChecking yes`",
        hint=f"compare it with {where}, then type: ssh -o StrictHostKeyChecking=ask {target.name}",
    )


def fault(target: Target, log: LoginLog) -> TaskError | None:
    """Return the error, or `None` if it is not the host key that was the reason."""
    said, (kind, seen) = log.said, log.host_key
    if not _ANY.search(said):
        return None
    resolved = target.resolved
    if _REVOKED.search(said):
        return host_keys.revoked(resolved, f"{seen} ({kind})")
    if _UNKNOWN.search(said) and not _CHANGED.search(said):
        return unknown(target, f"{seen} ({kind})")
    if _CHANGED.search(said):
        return host_keys.changed(resolved, f"{seen} ({kind})")
    what, hint = f"the host key of `{target.name}` is not trusted; nothing was sent", f"see why: ssh -v {target.name}"
    return HostKeyChanged(what, box=target.name, cause=said, hint=hint)
