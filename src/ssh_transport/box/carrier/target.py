"""A target: a typed name, what OpenSSH resolves it to, and its platform; not connected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import fabric

from ssh_transport.errors import EndpointTooWeak, SettingsError
from ssh_transport.platforms import profiles
from ssh_transport.settings import SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invoke import Context

    from ssh_transport.openssh.resolution import Resolved, SshFiles
    from ssh_transport.platforms.profile import Capability, Profile, Reach


@dataclass
class Target:
    """A target by its typed name, and what OpenSSH resolves it to."""

    c: Context
    name: str
    files: SshFiles
    resolved: Resolved

    @property
    def given(self) -> Mapping[str, Any]:
        """Arguments for Paramiko's `connect` from Fabric's flags, the settings, or the caller's Connection."""
        if isinstance(self.c, fabric.Connection):
            return dict(self.c.connect_kwargs)
        return dict(self.c.config.get("connect_kwargs") or {})

    @property
    def login_timeout_s(self) -> float:
        """How long a login may take: Fabric's `-t`, ``timeouts.connect`` or `connect_timeout`, else our setting."""
        named = getattr(self.c, "connect_timeout", None) or (self.c.config.get("timeouts") or {}).get("connect")
        found = self.given.get("timeout") or named or SshKeySettings.of(self.c).login_timeout_s
        try:
            return float(found)
        except (TypeError, ValueError) as exc:
            raise SettingsError(f"`timeouts.connect` is {found!r}, not a number of seconds") from exc

    @property
    def address(self) -> str:
        """The address: ``user@host:port``."""
        return f"{self.resolved.user}@{self.resolved.host}:{self.resolved.port}"

    @cached_property
    def platform(self) -> tuple[Profile, Reach]:
        """The platform of the target, and its kind of endpoint."""
        return profiles.platform_of(self.files.config, self.resolved)

    def require(self, capability: Capability) -> None:
        """
        Check that this kind of endpoint has a capability.

        :raises EndpointTooWeak: it has not; the hint describes a better endpoint of the platform.
        """
        profile, reach = self.platform
        if not reach.can(capability):
            raise EndpointTooWeak(
                f"`{self.name}` is a {reach.name} endpoint of {profile.display_name}, which has no {capability}",
                box=self.name,
                hint=reach.better,
            )

    def without_sftp(self, cause: str) -> EndpointTooWeak:
        """Return the error of a box that carries no SFTP."""
        _, reach = self.platform
        hint = reach.better or (
            "copies by rsync need none: have rsync at both ends, and no --engine=sftp; or have SFTP there, as by "
            "apt-get install openssh-sftp-server; of a proxy for people, copy the direct TCP endpoint from the "
            "platform's console"
        )
        return EndpointTooWeak(f"`{self.name}` has no SFTP", box=self.name, cause=cause, hint=hint)
