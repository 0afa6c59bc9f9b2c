"""Refuses to send a secret to a box whose host key is not pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box.carrier import shown_host_key
from ssh_transport.errors import HostKeyUnknown
from ssh_transport.openssh import host_keys

if TYPE_CHECKING:
    from ssh_transport.box import Box


def require_known_host(box: Box, *, trust_new: bool) -> None:
    """
    Check that the host key of the box is pinned, or that the user trusts it; nothing is pinned here.

    :raises HostKeyUnknown: it is neither; the message has the fingerprint, and where to compare it.
    """
    if trust_new or host_keys.pinned(box.resolved):
        return
    profile, _ = box.platform
    fingerprint = host_keys.fingerprint(shown_host_key(box))
    where = f"compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else "if that is the box"
    raise HostKeyUnknown(
        f"the host key of `{box.name}` is not known yet; nothing was sent",
        cause=f"it shows {fingerprint}",
        hint=f"{where}, then run it again with --trust-new",
    )
