"""Replaces the host key that is pinned for a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box.carrier import shown_host_key
from ssh_transport.errors import HostKeyChanged
from ssh_transport.openssh import host_keys
from ssh_transport.openssh.resolution import SSH_PORT

if TYPE_CHECKING:
    import paramiko

    from ssh_transport.box import Box


@dataclass(frozen=True)
class Renewed:
    """
    The host key of an alias, forgotten and pinned anew.

    :ivar alias: its name.
    :ivar old: the fingerprints that were pinned before.
    :ivar new: the one that is pinned now.

    >>> renewed = config.forget(c, "proj-1")
    >>> renewed.old == (renewed.new,)
    True
    """

    alias: str
    old: tuple[str, ...]
    new: str

    def __str__(self) -> str:
        if self.old == (self.new,):
            return f"{self.alias}: still shows {self.new} (no change)"
        return f"{self.alias}: forgot {', '.join(self.old) or 'nothing, no key was pinned'}; now pinned {self.new}"


def renew_host_key(box: Box, *, expect: str = "") -> Renewed:
    """
    Remove the pinned host keys of this box, then pin the key that it presents now.

    Entries for its address are removed, too: otherwise a plain `ssh -p PORT HOST` would fail.

    :param expect: the fingerprint that the platform shows (``SHA256:...``); with another one nothing is changed.
    :raises HostKeyChanged: the box presents another key than `expect`.
    :raises ReachError: the box does not answer; the old keys are removed all the same, unless `expect` was given.
    """
    resolved = box.resolved
    old = tuple(host_keys.fingerprint(key) for key in host_keys.pinned(resolved))
    if expect:
        _expected(box, expect)
    address = resolved.host if resolved.port == SSH_PORT else f"[{resolved.host}]:{resolved.port}"
    host_keys.forget((*resolved.known_hosts, *resolved.global_known_hosts), {resolved.pinned_as, address})
    key = _expected(box, expect)
    host_keys.pin(resolved, key)
    return Renewed(box.name, old, host_keys.fingerprint(key))


def _expected(box: Box, expect: str) -> paramiko.PKey:
    key = shown_host_key(box)
    if expect and host_keys.fingerprint(key) != expect:
        raise HostKeyChanged(
            f"`{box.name}` shows another host key than expected; nothing was changed",
            cause=f"expected: {expect}\nshown:    {host_keys.fingerprint(key)} ({key.get_name()})",
            hint="copy the fingerprint once more, or find out who answers there",
        )
    return key
