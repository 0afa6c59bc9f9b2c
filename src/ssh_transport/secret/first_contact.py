"""No secret moves over a link whose other end nobody has looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import host_keys
from ssh_transport.connection import shown_host_key
from ssh_transport.errors import HostKeyUnknown

if TYPE_CHECKING:
    from ssh_transport.box import Box


def require_known_host(box: Box, *, trust_new: bool) -> None:
    """
    Stop at a first contact, which pins nothing, unless the person says that the fingerprint is the right one.

    :raises HostKeyUnknown: with the fingerprint, and where it can be compared.
    """
    if trust_new or host_keys.pinned(box.resolved):
        return
    profile, _ = box.platform
    seen = host_keys.fingerprint(shown_host_key(box))
    where = f"compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else "if that is the box"
    raise HostKeyUnknown(
        f"the host key of `{box.name}` is not known yet; nothing was sent",
        cause=f"it shows {seen}",
        hint=f"{where}, then run it again with --trust-new",
    )
