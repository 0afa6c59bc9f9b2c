"""The schema of a profile: facts about one platform, as in `profiles/*.toml`."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from ssh_transport.errors.commands import as_typed

if TYPE_CHECKING:
    from .address import Endpoint

Capability = Literal["exec", "sftp", "rsync", "terminal"]
Changing = Literal["host", "port", "host key", "authorized keys"]

_SSH_PORT = 22


# The defaults of `Profile` are built while the class is defined, so this function must come first.
def _pattern(key: str, text: str) -> None:
    try:
        re.compile(text)
    except re.error as exc:
        raise ValueError(f"`{key}` needs a regular expression, `{text}` is none: {exc}") from exc


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table; unknown keys and values of a wrong type are errors."""


class Reach(_Table, frozen=True):
    """
    One kind of endpoint that the platform offers.

    ``host`` and ``user`` are regular expressions for the whole value; the host is lower-cased first. An endpoint
    without a ``host`` (any address) is recognised by the profile's hints only. A copy over ``slow_over_bytes`` gets a
    warning. Capability ``terminal``: it gives one, which ``exec`` and the rest are got by where they are not named.
    """

    name: str
    capabilities: tuple[Capability, ...]
    host: str = ""
    user: str = ".+"
    slow_over_bytes: int | None = None
    better: str = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` if a pattern is not a regular expression; msgspec adds the name of the table."""
        _pattern("host", self.host)
        _pattern("user", self.user)

    @property
    def has_own_host(self) -> bool:
        """Whether the host name alone identifies this kind."""
        return bool(self.host)

    def can(self, capability: Capability) -> bool:
        """Whether it has a capability, by itself or by its terminal."""
        return capability in self.capabilities or "terminal" in self.capabilities

    def matches(self, host: str, user: str | None) -> bool:
        """Whether a host and user are of this kind; no user (`None`) matches every pattern."""
        user_matches = user is None or re.fullmatch(self.user, user)
        return bool(user_matches and re.fullmatch(self.host or ".*", host.lower()))


class Hints(_Table, frozen=True):
    """
    How to recognise the platform of a bare address: users, tunnels and identity files, as regular expressions.

    ``mapped_port`` is true if its endpoints have a port other than 22, false if they have 22, `None` if either.
    """

    user: str = ""
    tunnel: str = ""
    identity: str = ""
    mapped_port: bool | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` if a pattern is not a regular expression."""
        for key in ("user", "tunnel", "identity"):
            _pattern(key, getattr(self, key))

    def match(self, endpoint: Endpoint) -> bool:
        """Whether the port is as ``mapped_port`` requires, and the user, a tunnel or the identity file matches."""
        if self.mapped_port not in {None, endpoint.port not in {None, _SSH_PORT}}:
            return False
        return bool(
            (self.user and endpoint.user and re.fullmatch(self.user, endpoint.user))
            or (self.tunnel and any(re.fullmatch(self.tunnel, tunnel) for tunnel in endpoint.tunnels))
            or (self.identity and endpoint.identity and re.fullmatch(self.identity, endpoint.identity))
        )


class Changes(_Table, frozen=True):
    """What of an endpoint changes when the box is stopped, and when it is re-created."""

    stop: tuple[Changing, ...] = ()
    recreate: tuple[Changing, ...] = ()


class Directories(_Table, frozen=True):
    """
    Directories of a box: scratch is fast and may be wiped, durable outlives the box (empty: there is none).

    ``everywhere`` is false where somebody knows that data is in the home and in ``scratch`` alone.
    """

    home: str
    scratch: str = ""
    durable: str = ""
    everywhere: bool = True


class Mount(_Table, frozen=True):
    """A filesystem that others see, too; ``aliases`` are other paths to it."""

    path: str
    seen_by: str
    aliases: tuple[str, ...] = ()


class Secrets(_Table, frozen=True):
    """Directories where secrets are allowed, directories where they are denied, and who or what copies the disk."""

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    captured_by: str = ""


class Tools(_Table, frozen=True):
    """Python interpreters in order of preference; whether rsync is installed, and the command that installs it."""

    python: tuple[str, ...] = ("python3",)
    rsync: Literal["present", "missing", "unknown"] = "unknown"
    install_rsync: str = ""


class KnownProblem(_Table, frozen=True):
    """
    A known problem.

    :ivar id: letters and a number.
    :ivar symptom: what a person sees.
    :ivar cause: why.
    :ivar fix: what to do, ALIAS being the box.
    :ivar seen: regular expressions for messages of `ssh`, rsync and ours, which it then is the explanation of.
    :ivar asked: regular expressions for what else people ask about; an error that says so is explained enough.

    >>> config.explain(c, "T6").symptom
    'The host key is another than the pinned one.'
    """

    id: str
    symptom: str
    cause: str
    fix: str
    seen: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id}: {self.symptom}\n  cause: {self.cause}\n  fix: {as_typed(self.fix)}"

    def __post_init__(self) -> None:
        """Raise `ValueError` if a pattern is not a regular expression."""
        for where in ("seen", "asked"):
            for pattern in getattr(self, where):
                _pattern(where, pattern)


class Way(_Table, frozen=True):
    """
    Where an endpoint is in what the platform's command says of a box: expressions of JMESPath (jmespath.org).

    Where ``host`` has no value, this way there is none. Without ``port`` it is 22; ``port_plus`` is added to it.
    """

    host: str
    port: str = ""
    port_plus: int = 0


class Listing(_Table, frozen=True):
    """
    The platform's own command that lists a person's boxes in JSON, and where in it is what of a box.

    ``get`` says how one comes by the command and its login. ``instances``, ``id`` and ``label`` are expressions of
    JMESPath, the last two for one of the instances, as is ``running``, which has a value where a box runs and must have
    an address; of the ``ways`` the first that leads somewhere is taken. ``user`` is the login name. With ``details``,
    in which ``{id}`` stands for the box, that command is asked about each one, and the ways and ``running`` are for
    what it says. ``name`` is for a profile with several: the platform's otherwise.
    """

    command: tuple[str, ...]
    get: str
    id: str
    ways: tuple[Way, ...]
    name: str = ""
    instances: str = "@"
    label: str = ""
    user: str = ""
    running: str = ""
    details: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` if there is no command, or no way."""
        if not self.command or not self.ways:
            raise ValueError("`listings` need a `command` and `ways`")


class Profile(_Table, frozen=True):
    """
    What is known of one platform.

    :ivar slug: its name in commands.
    :ivar display_name: its name for people.
    :ivar console: what its console shows.
    :ivar first_login: by what one logs in first.
    :ivar endpoints: the kinds of endpoint that it offers.
    :ivar directories: where data lies, and what outlives the box.
    :ivar secrets: where secrets may lie.
    :ivar keys_in_console: what becomes of a key that is given to the platform.
    :ivar fingerprint_shown_in: where it shows the host key.
    :ivar hints: by what a bare address of it is recognised.
    :ivar changes: what of an endpoint changes on a stop.
    :ivar shared_mounts: filesystems that others see, too.
    :ivar tools: what is installed.
    :ivar listings: its own commands that list boxes.
    :ivar known_problems: those that are its own.
    :ivar themes: what known problems are about, by the letters that their ids begin with: the platform, where none is.
    :ivar streams_max: how many connections it may be asked for.

    >>> config.profiles(c, "runpod").display_name
    'RunPod'
    """

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
    listings: tuple[Listing, ...] = ()
    known_problems: tuple[KnownProblem, ...] = ()
    themes: dict[str, str] = {}
    streams_max: int = 16

    def __post_init__(self) -> None:
        """Raise `ValueError` if there is no endpoint."""
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
            "keys": as_typed(self.keys_in_console),
            "host key": self.fingerprint_shown_in and f"compare with {self.fingerprint_shown_in}",
            "on stop": self.changes.stop and f"changes {', '.join(self.changes.stop)}",
            "re-created": self.changes.recreate and f"changes {', '.join(self.changes.recreate)}",
            "scratch": self.directories.scratch,
            "durable": self.directories.durable,
            "shared": "; ".join(shared),
            "python": ", ".join(self.tools.python),
            "sync": "; ".join(f"config.sync {one.name or self.slug}: {' '.join(one.command)}" for one in self.listings),
            "problems": ", ".join(problem.id for problem in self.known_problems),
        }
        return "\n".join(f"{key + ':':12} {value}" for key, value in rows.items() if value)

    def is_hinted_by(self, endpoint: Endpoint) -> bool:
        """
        Whether an endpoint is a bare address that the hints of this platform match.

        The user must match as well: an identity file such as `~/.ssh/id_ed25519` is used everywhere.
        """
        bare = any(not reach.has_own_host and reach.matches(endpoint.host, endpoint.user) for reach in self.endpoints)
        return bare and _is_address(endpoint.host) and self.hints.match(endpoint)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
