"""The relays that a team has named in its settings: `relays: {lab: {url: s3://bucket/prefix}}`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ssh_transport.errors import SettingsError, UsageError
from ssh_transport.settings import looked_in
from ssh_transport.text import did_you_mean

if TYPE_CHECKING:
    from invoke import Context

S3, GOOGLE, AZURE = _SCHEMES = ("s3", "gs", "az")
_KINDS = ("", "volume")


@dataclass(frozen=True)
class Relay:
    """
    Object storage that both ends reach.

    ``url`` begins with ``s3``, ``gs`` for Google's and ``az`` for Azure's, whose ``account`` it is in. What is of the
    ``kind`` ``volume`` is a directory of the boxes too: ``mount`` is where they have it. ``private`` says that nobody
    else reads the bucket, so that parts need no seal. What opens it comes from the environment, if neither ``profile``
    names a section of ``~/.aws/credentials``, or for Google the file of a service account, nor ``keyring`` an entry
    there.
    """

    name: str
    url: str
    endpoint: str = ""
    region: str = ""
    private: bool = False
    profile: str = ""
    keyring: str = ""
    account: str = ""
    kind: str = ""
    mount: str = "/workspace"

    @property
    def scheme(self) -> str:
        """Whose it is: one of ``s3``, ``gs`` and ``az``."""
        return urlsplit(self.url).scheme

    @property
    def is_volume(self) -> bool:
        """Whether its objects are files of the boxes."""
        return self.kind == "volume"

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """What every key of ours begins with; empty or without a slash at its ends."""
        return urlsplit(self.url).path.strip("/")


def names(c: Context) -> list[str]:
    """
    Return the names of all relays.

    :raises SettingsError: they are not a section.
    """
    return list(_known(c))


def named(c: Context, name: str) -> Relay:
    """
    Return a relay by its name.

    :raises UsageError: there is none of this name.
    :raises SettingsError: it is not described as it should be.
    """
    known = _known(c)
    if name not in known:
        written = "in fabric.yaml or invoke.yaml: relays: {lab: {url: s3://bucket/prefix}}"
        hint = did_you_mean(name, known).strip() or written
        where = f"; {looked_in(c)}" if hint == written else ""
        cause = f"known: {', '.join(known) or 'none'}{where}"
        raise UsageError(f"there is no relay `{name}`", cause=cause, hint=hint)
    return _checked(name, known[name])


def _known(c: Context) -> Any:
    known = c.config.get("relays") or {}
    if not hasattr(known, "items"):
        raise SettingsError(f"`relays` is {known!r}, not a section", hint="relays: {lab: {url: s3://bucket/prefix}}")
    return known


def _checked(name: str, given: Any) -> Relay:
    where = f"relays.{name}"
    if not hasattr(given, "items"):
        raise SettingsError(f"`{where}` is {given!r}, not a section", hint=f"{where}: {{url: s3://bucket/prefix}}")
    types = {field.name: type(field.default) for field in fields(Relay)} | {"name": str, "url": str}
    for key, value in given.items():
        if key not in types or key == "name":
            meant = did_you_mean(str(key), types, before=f"{where}.").strip()
            hint = meant or f"known: {', '.join(sorted(types))}"
            raise SettingsError(f"unknown setting: `{where}.{key}`", hint=hint)
        if type(value) is not types[key]:
            raise SettingsError(f"`{where}.{key}` is {value!r}, not of type {types[key].__name__}")
    if not given.get("url"):
        raise SettingsError(f"`{where}` has no url", hint=f"{where}: {{url: s3://bucket/prefix}}")
    relay = Relay(name=name, **given)
    _check_values(where, relay)
    return relay


def _check_values(where: str, relay: Relay) -> None:
    if relay.scheme not in _SCHEMES or not relay.bucket:
        hint = "url: s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
        raise SettingsError(f"`{where}.url` is `{relay.url}`, which names no bucket", hint=hint)
    if relay.kind not in _KINDS or (relay.is_volume and relay.scheme != S3):
        raise SettingsError(f"`{where}.kind` is `{relay.kind}`", hint="kind: volume, with an s3:// url")
    if relay.is_volume and not relay.mount.startswith("/"):
        raise SettingsError(f"`{where}.mount` is `{relay.mount}`", hint="mount: /workspace")
    if relay.endpoint and relay.scheme == GOOGLE:
        raise SettingsError(f"`{where}.endpoint` is `{relay.endpoint}`", hint="Google's storage is known: leave it out")
    if relay.endpoint and not _is_safe(relay.endpoint):
        cause = "plain http shows addresses and data to whoever is on the way"
        raise SettingsError(f"`{where}.endpoint` is `{relay.endpoint}`", cause=cause, hint="endpoint: https://...")


def _is_safe(endpoint: str) -> bool:
    """Whether nobody on the way can read it: by https, or on this machine alone."""
    split = urlsplit(endpoint)
    host = split.hostname or ""
    if split.scheme == "https" and host:
        return True
    try:
        return split.scheme == "http" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return split.scheme == "http" and host == "localhost"
