"""
What a team can set: one frozen dataclass per namespace, defaults and units in it.

Invoke merges a runbook's own `configure` over ours without looking inside (see docs/architecture.md), so every reader
goes through `of`, which fills what is missing and refuses what is unknown.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .errors import SettingsError
from .terminal.report import say
from .text import alike, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invoke import Context

_LEAST_LIMIT_BYTES = 4 << 20


def looked_in(c: Context) -> str:
    """Return where settings were looked for, for whoever misses one, and a file above that is not read from here."""
    name = f"{c.config.prefix}.yaml"
    # What Invoke keeps to itself: the directory of the fabfile, or of the person.
    place = Path(getattr(c.config, "_project_prefix", None) or os.curdir).resolve()
    said = f"settings are looked for in {place / name} and ~/.{name}"
    above = next((one / name for one in place.parents if (one / name).is_file()), None)
    return f"{said}, not in {above}: go there, or type -f {above}" if above and not (place / name).exists() else said


@dataclass(frozen=True)
class _Settings:
    section: ClassVar[str]

    @classmethod
    def of(cls, c: Context) -> Self:
        """
        Read the section from `c`, filling what is missing.

        :raises SettingsError: a key is unknown, or a value has another type than its default.
        """
        found = c.config.get(cls.section) or {}
        if not hasattr(found, "items"):
            raise SettingsError(f"`{cls.section}` is {found!r}, not a section", hint=f"{cls.section}: {{key: value}}")
        given: dict[str, Any] = {str(key): value for key, value in found.items()}
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        for key, value in given.items():
            if key not in defaults:
                meant = did_you_mean(key, defaults, before=f"{cls.section}.").strip()
                hint = meant or f"known: {', '.join(defaults)}"
                raise SettingsError(f"unknown setting: `{cls.section}.{key}`", hint=hint)
            wanted = type(defaults[key])
            if wanted is str and type(value) is int:
                # YAML makes a number of what looks like one.
                given[key] = str(value)
            elif type(value) is not wanted:
                raise SettingsError(
                    f"`{cls.section}.{key}` is {value!r}, not of type {wanted.__name__}",
                    hint=f"the default is {defaults[key]!r}",
                )
        return cls(**given)


@dataclass(frozen=True)
class SshKeySettings(_Settings):
    """Settings of the `keys` namespace. (A section called ``keys`` would break Fabric: invoke#764.)"""

    section: ClassVar = "ssh_keys"

    identity: str = "~/.ssh/id_ed25519"
    login_timeout_s: int = 20


@dataclass(frozen=True)
class HostConfigSettings(_Settings):
    """Settings of the `config` namespace; the defaults outlive about two hours of silence on an idle link."""

    section: ClassVar = "host_config"

    keepalive_s: int = 60
    keepalive_misses: int = 120


@dataclass(frozen=True)
class TransferSettings(_Settings):
    """Settings of the `transfer` namespace."""

    section: ClassVar = "transfer"

    # Copies resume for next to nothing, so silence is borne for 40 s only; an interactive alias bears two hours.
    keepalive_s: int = 10
    keepalive_misses: int = 3
    connect_timeout_s: int = 20
    attempts: int = 10
    give_up_after_s: int = 3600
    # Losing a smaller file to a cut costs less than keeping its partial.
    resume_over_bytes: int = 4_000_000
    # `auto`, or a number of connections; `auto` goes up to the other.
    streams: str = "auto"
    streams_max: int = 16
    # What the connections together may hold in memory, at each end; how long the far end keeps rsync when all are gone.
    streams_limit_bytes: int = 64 << 20
    streams_grace_s: int = 600

    def __post_init__(self) -> None:
        """
        Refuse what no frame would fit into.

        :raises SettingsError: `streams_limit_bytes` is too small.
        """
        if self.streams_limit_bytes < _LEAST_LIMIT_BYTES:
            name = f"{self.section}.streams_limit_bytes"
            raise SettingsError(f"`{name}` is {self.streams_limit_bytes}", hint=f"at least {_LEAST_LIMIT_BYTES}")

    @property
    def silence_s(self) -> int:
        """How long a silent link is borne before it counts as dead."""
        # `ssh` gives up when the next message is due.
        return self.keepalive_s * (self.keepalive_misses + 1)


@dataclass(frozen=True)
class FleetSettings(_Settings):
    """Settings of every task for several boxes."""

    section: ClassVar = "fleet"

    jobs: int = 16
    # Connections of all boxes under way together; each has one at least.
    streams_max: int = 64
    # A stock sshd drops logins at random once ten are under way (MaxStartups), and boxes may share a gateway.
    logins_per_host: int = 8

    def __post_init__(self) -> None:
        """
        Refuse what nothing could be done with.

        :raises SettingsError: a number is below 1.
        """
        for field in dataclasses.fields(self):
            if (value := getattr(self, field.name)) < 1:
                raise SettingsError(f"`{self.section}.{field.name}` is {value}", hint="at least 1")


# What a namespace is called, its section may not be.
_NAMESPACES: Mapping[str, type[_Settings]] = {"config": HostConfigSettings}
_CLOSE = 0.75
# Fabric would call it (invoke#764).
_BREAKS = "keys"


def check(c: Context) -> None:
    """
    Read all of our sections, whichever a task needs; warn of one that nothing reads, and that looks like one of ours.

    Other sections are Fabric's, or a team's own.

    :raises SettingsError: a key of ours is unknown, a value has another type, or a section breaks Fabric.
    """
    known = {section.section: section for section in _Settings.__subclasses__()}
    for section in known.values():
        section.of(c)
    for name, found in c.config.items():
        if name == _BREAKS:
            hint = f"rename it; ours is `{SshKeySettings.section}`"
            raise SettingsError(f"a section called `{name}` stands in the way of Fabric", hint=hint)
        given = {str(key) for key in found} if hasattr(found, "items") else set()
        near = known.get(next(iter(alike(name, known, least_alike=_CLOSE)), ""))
        meant = _NAMESPACES.get(name) or near
        if name in known or meant is None or given.isdisjoint(field.name for field in dataclasses.fields(meant)):
            continue
        say(f"warning: nothing reads the settings in `{name}`: did you mean {meant.section}?")
