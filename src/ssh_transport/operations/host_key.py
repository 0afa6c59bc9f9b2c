"""Replaces the host key that is pinned for a box."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.box.carrier import shown_host_key
from ssh_transport.errors import HostKeyChanged, Incomplete, UsageError
from ssh_transport.openssh import host_keys, known_hosts

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


def renew_host_key(box: Box, *, expect: str | None = None) -> Renewed:
    """
    Remove the pinned host keys of this box, then pin the key that it presents now.

    Entries for its address are removed, too, where it is reached by no jump: otherwise a plain `ssh -p PORT HOST` would
    fail.

    :param expect: the fingerprint that the platform shows (``SHA256:...``); with another one nothing is changed.
    :raises HostKeyChanged: the box presents another key than `expect`, or a revoked one.
    :raises UsageError: `expect` is empty, as a variable is that was never set.
    :raises Incomplete: it is pinned, but a file that is not ours to change lets others in as well.
    :raises ReachError: the box does not answer; nothing was changed.
    """
    if expect is not None and not expect.strip():
        hint = "copy it from what the platform shows: SHA256:..."
        raise UsageError("the fingerprint that is expected is empty; nothing was changed", hint=hint)
    resolved = box.resolved
    old = host_keys.pinned(resolved)
    key = _expected(box, expect)
    host_keys.check_revoked(resolved, key)
    names = {resolved.pinned_as}
    if host_keys.of_address(resolved):
        names.add(replace(resolved, host_key_alias="").pinned_as)
    known_hosts.forget(resolved.known_hosts, names)
    if key not in host_keys.pinned(resolved):
        host_keys.pin(resolved, key)
    _check_alone(box, key)
    return Renewed(box.name, tuple(map(host_keys.fingerprint, old)), host_keys.fingerprint(key))


def _expected(box: Box, expect: str | None) -> paramiko.PKey:
    key = shown_host_key(box)
    shown = host_keys.fingerprint(key)
    # Platforms show it with or without the name of the hash and the padding.
    if expect and expect.strip().removeprefix("SHA256:").rstrip("=") != shown.removeprefix("SHA256:"):
        raise HostKeyChanged(
            f"`{box.name}` shows another host key than expected; nothing was changed",
            cause=f"expected: {expect}\nshown:    {shown} ({key.get_name()})",
            hint="copy the fingerprint of this type once more, or find out who answers there",
        )
    return key


def _check_alone(box: Box, key: paramiko.PKey) -> None:
    resolved, name = box.resolved, box.resolved.pinned_as
    # A box has a key of each type, of which it was asked for one.
    same_kind = (other for other in host_keys.pinned(resolved) if other.get_name() == key.get_name())
    if others := [other for other in same_kind if other != key]:
        found = (
            path
            for path in (*resolved.known_hosts, *resolved.global_known_hosts)
            if any(other in others for lines in known_hosts.read([path]) for _, _, other in lines.about(name))
        )
        look = "; ".join(shlex.join(["ssh-keygen", "-F", name, "-f", str(path)]) for path in found)
        raise Incomplete(
            f"{host_keys.fingerprint(key)} is pinned for `{box.name}`, but another key is still let in as well",
            box=box.name,
            cause=f"a pattern, or the system's file, vouches for {', '.join(map(host_keys.fingerprint, others))}",
            hint=f"take that line out by hand; this shows it: {look}",
        )
