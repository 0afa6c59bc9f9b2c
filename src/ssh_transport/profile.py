"""The shape of a profile: facts about one platform, as `profiles/*.toml` hold them."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from .endpoint import Endpoint

Capability = Literal["exec", "sftp", "rsync"]
Changing = Literal["host", "port", "host key", "authorized keys"]

_SSH_PORT = 22


# The defaults of `Profile` are made while the class is, so this stands above the classes.
def _pattern(key: str, text: str) -> None:
    try:
        re.compile(text)
    except re.error as exc:
        raise ValueError(f"`{key}` needs a regular expression, `{text}` is none: {exc}") from exc


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table: unknown keys and values of another type are refused."""


class Reach(_Table, frozen=True):
    """
    One kind of endpoint that the platform hands out.

    ``host`` and ``user`` are regular expressions for the whole value, lower-cased; an endpoint without a host pattern
    of its own (any address) is recognised by the profile's hints only. Over ``slow_over_bytes`` a copy is warned about.
    """

    name: str
    capabilities: tuple[Capability, ...]
    host: str = ""
    user: str = ".+"
    slow_over_bytes: int | None = None
    better: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no regular expression; msgspec names the table."""
        _pattern("host", self.host)
        _pattern("user", self.user)

    @property
    def has_own_host(self) -> bool:
        """Whether the host name alone tells this kind."""
        return bool(self.host)

    def means(self, host: str, user: str | None) -> bool:
        """Whether a host and user look like this kind; an unsaid user fits every pattern."""
        fits_user = user is None or re.fullmatch(self.user, user)
        return bool(fits_user and re.fullmatch(self.host or ".*", host.lower()))


class Hints(_Table, frozen=True):
    """
    What tells the platform of a bare address: users, tunnels and identity files, as regular expressions.

    ``mapped_port`` says whether its endpoints have a port of their own or the usual 22; unsaid, any will do.
    """

    user: str = ""
    tunnel: str = ""
    identity: str = ""
    mapped_port: bool | None = None

    def __post_init__(self) -> None:
        """As in `Reach`."""
        for key in ("user", "tunnel", "identity"):
            _pattern(key, getattr(self, key))

    def fit(self, endpoint: Endpoint) -> bool:
        """Whether the port is of the right sort, and user, a tunnel or the identity file is typical."""
        if self.mapped_port not in {None, endpoint.port not in {None, _SSH_PORT}}:
            return False
        return bool(
            (self.user and endpoint.user and re.fullmatch(self.user, endpoint.user))
            or (self.tunnel and any(re.fullmatch(self.tunnel, tunnel) for tunnel in endpoint.tunnels))
            or (self.identity and endpoint.identity and re.fullmatch(self.identity, endpoint.identity))
        )


class Changes(_Table, frozen=True):
    """What of an endpoint changes when."""

    stop: tuple[Changing, ...] = ()
    recreate: tuple[Changing, ...] = ()


class Directories(_Table, frozen=True):
    """Where things go: scratch is fast and may vanish, durable outlives the box (empty: nothing there does)."""

    home: str
    scratch: str = ""
    durable: str = ""


class Mount(_Table, frozen=True):
    """A filesystem that others see too; ``aliases`` are other paths to the same."""

    path: str
    seen_by: str
    aliases: tuple[str, ...] = ()


class Secrets(_Table, frozen=True):
    """Directories in which a secret may be written, and those where never, and who or what copies the disk it is on."""

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    captured_by: str = ""


class Tools(_Table, frozen=True):
    """Python interpreters in order of preference; whether rsync is there, and the command that installs it."""

    python: tuple[str, ...] = ("python3",)
    rsync: Literal["present", "missing", "unknown"] = "unknown"
    install_rsync: str = ""


class Gotcha(_Table, frozen=True):
    """
    A known trap: what is seen, why, and the way out.

    ``seen`` are regular expressions over what `ssh`, rsync and we say; empty ones are explained, not recognised.
    """

    id: str
    symptom: str
    cause: str
    fix: str
    seen: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id}: {self.symptom}\n  cause: {self.cause}\n  fix: {self.fix}"

    def __post_init__(self) -> None:
        """As in `Reach`."""
        for pattern in self.seen:
            _pattern("seen", pattern)


class Profile(_Table, frozen=True):
    """One platform."""

    slug: str
    display_name: str
    console: str
    first_login: Literal["password", "key", "either"]
    endpoints: tuple[Reach, ...]
    directories: Directories
    secrets: Secrets
    keys_in_console: str = ""
    fingerprint_shown_in: str = ""
    hints: Hints = Hints()
    changes: Changes = Changes()
    shared_mounts: tuple[Mount, ...] = ()
    tools: Tools = Tools()
    gotchas: tuple[Gotcha, ...] = ()
    streams_max: int = 16

    def __post_init__(self) -> None:
        """Refuse a profile that has no endpoint at all."""
        if not self.endpoints:
            raise ValueError("`endpoints` needs at least one table")

    def __str__(self) -> str:
        endpoints = (f"{reach.name} ({', '.join(reach.capabilities) or 'a shell only'})" for reach in self.endpoints)
        shared = (f"{mount.path} ({mount.seen_by})" for mount in self.shared_mounts)
        rows = {
            self.slug: self.display_name,
            "endpoints": "; ".join(endpoints),
            "console": self.console,
            "first login": self.first_login,
            "keys": self.keys_in_console,
            "host key": self.fingerprint_shown_in and f"compare with {self.fingerprint_shown_in}",
            "on stop": self.changes.stop and f"changes {', '.join(self.changes.stop)}",
            "re-created": self.changes.recreate and f"changes {', '.join(self.changes.recreate)}",
            "scratch": self.directories.scratch,
            "durable": self.directories.durable,
            "shared": "; ".join(shared),
            "python": ", ".join(self.tools.python),
            "traps": ", ".join(gotcha.id for gotcha in self.gotchas),
        }
        return "\n".join(f"{key + ':':12} {value}" for key, value in rows.items() if value)

    def is_hinted_by(self, endpoint: Endpoint) -> bool:
        """
        Whether an endpoint is typical of this platform by more than its host.

        Only a bare address is, and only with a user that this platform has there: `~/.ssh/id_ed25519` is everyone's.
        """
        bare = any(not reach.has_own_host and reach.means(endpoint.host, endpoint.user) for reach in self.endpoints)
        return bare and _is_address(endpoint.host) and self.hints.fit(endpoint)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
