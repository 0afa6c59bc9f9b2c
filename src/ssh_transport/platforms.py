"""What a platform is like: the profiles in `profiles/*.toml`, read as data and checked at load."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EndpointTooWeak, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CAPABILITIES = frozenset({"exec", "sftp", "rsync"})
_ENDPOINT_KEYS = {"host": str, "user": str, "capabilities": list, "better": str}


@dataclass(frozen=True)
class Reach:
    """One kind of endpoint that a platform hands out."""

    host: re.Pattern[str]
    user: re.Pattern[str]
    capabilities: frozenset[str]
    better: str

    def means(self, host: str, user: str | None) -> bool:
        """Whether a host and user look like this kind."""
        return bool(self.host.fullmatch(host.lower()) and self.user.fullmatch(user or "root"))


@dataclass(frozen=True)
class Platform:
    """A profile: the platform's slug, its name for people, and the endpoints it hands out."""

    slug: str
    display_name: str
    endpoints: tuple[Reach, ...]


def recognise(host: str, user: str | None) -> tuple[Platform, Reach]:
    """Return the platform whose endpoints look like this one; ``generic`` takes what no other does."""
    for platform in platforms():
        for reach in platform.endpoints:
            if reach.means(host, user):
                return platform, reach
    raise AssertionError("the generic profile matches every host")


def require(name: str, host: str, user: str, capabilities: set[str]) -> None:
    """
    Stop before anything starts if the endpoint is of a kind that can't do it.

    :raises EndpointTooWeak: with the way to a better endpoint on that platform.
    """
    platform, reach = recognise(host, user)
    if missing := capabilities - reach.capabilities:
        raise EndpointTooWeak(
            f"`{name}` is an endpoint of {platform.display_name} that has no {' and no '.join(sorted(missing))}",
            hint=reach.better,
        )


@cache
def platforms() -> tuple[Platform, ...]:
    """
    Return every profile, ``generic`` last.

    :raises SettingsError: a file is wrong; the message names file, key and expectation.
    """
    found = [load(path) for path in sorted(directory().glob("*.toml"))]
    return tuple(sorted(found, key=lambda platform: platform.slug == "generic"))


def directory() -> Path:
    """Return where the profiles are: in the package once installed, beside `src` in a checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "profiles"
    return installed if installed.is_dir() else here.parents[1] / "profiles"


def load(path: Path) -> Platform:
    """Read and check one profile file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"`{path}` is no TOML", cause=str(exc)) from exc
    _check(path, "", data, {"display_name": str, "endpoints": list})
    reaches = []
    for number, table in enumerate(data["endpoints"]):
        _check(path, f"endpoints[{number}].", table, _ENDPOINT_KEYS)
        if unknown := set(table["capabilities"]) - _CAPABILITIES:
            raise _wrong(path, f"endpoints[{number}].capabilities", f"only {', '.join(sorted(_CAPABILITIES))}", unknown)
        host, user = (_pattern(path, f"endpoints[{number}].{key}", table[key]) for key in ("host", "user"))
        reaches.append(Reach(host, user, frozenset(table["capabilities"]), table["better"]))
    return Platform(path.stem, data["display_name"], tuple(reaches))


def _check(path: Path, prefix: str, table: Any, keys: Mapping[str, type]) -> None:
    if not isinstance(table, dict):
        raise _wrong(path, prefix.rstrip("."), "a table", table)
    for key in keys.keys() | table.keys():
        if key not in keys:
            raise _wrong(path, prefix + key, f"one of {', '.join(keys)}", key)
        if not isinstance(table.get(key), keys[key]):
            raise _wrong(path, prefix + key, keys[key].__name__, table.get(key))


def _pattern(path: Path, key: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise _wrong(path, key, "a regular expression", text) from exc


def _wrong(path: Path, key: str, expected: str, got: object) -> SettingsError:
    return SettingsError(f"`{key}` in `{path}` is wrong", cause=f"expected {expected}, got {got!r}")
