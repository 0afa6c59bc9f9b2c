"""Loads and checks the profiles in `profiles/*.toml` and the user's own, and recognises the platform of an endpoint."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import typed
from ssh_transport.errors import SettingsError, UsageError
from ssh_transport.openssh import config_file
from ssh_transport.text import did_you_mean

from .address import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.openssh.resolution import Resolved

    from .profile import Profile, Reach

GENERIC = "generic"
NAMED, BY_HOST = "named", "by its host name"
_GUESS = "a guess by its user, port, tunnels or identity file; `--profile` can name another"


def recognise(endpoint: Endpoint, name: str = "") -> tuple[Profile, str]:
    """
    Return the platform that an endpoint belongs to, and why.

    :param name: the name of a profile, if it is known; if empty, the host and then the hints decide.
    :raises UsageError: there is no profile of that name.
    """
    profiles = all_profiles()
    if name:
        return named(name), NAMED
    for profile in profiles.values():
        if any(reach.has_own_host and reach.matches(endpoint.host, endpoint.user) for reach in profile.endpoints):
            return profile, BY_HOST
    hinted = [profile for profile in profiles.values() if profile.is_hinted_by(endpoint)]
    if len(hinted) == 1:
        return hinted[0], _GUESS
    return profiles[GENERIC], "not recognised; `--profile` can name it"


def named(name: str) -> Profile:
    """
    Return a profile by its name.

    :raises UsageError: there is none; the hint lists the known ones.
    """
    if name not in all_profiles():
        meant = did_you_mean(name.lower(), all_profiles())
        raise UsageError(f"there is no profile `{name}`", hint=f"{meant}known: {', '.join(all_profiles())}")
    return all_profiles()[name]


def reach_of(profile: Profile, host: str, user: str | None) -> Reach:
    """Return the first kind of endpoint of this platform that matches a host and user, else its last kind."""
    return next((reach for reach in profile.endpoints if reach.matches(host, user)), profile.endpoints[-1])


def platform_of(config: Path, resolved: Resolved) -> tuple[Profile, Reach]:
    """Return the platform that an alias was added for, else the recognised one, and the kind of endpoint."""
    block = config_file.blocks(config).get(resolved.name)
    known = block.platform if block and block.platform in all_profiles() else ""
    profile, _ = recognise(Endpoint(host=resolved.host, user=resolved.user, port=resolved.port), known)
    return profile, reach_of(profile, resolved.host, resolved.user)


@cache
def all_profiles() -> Mapping[str, Profile]:
    """
    Return every profile by name, ``generic`` last; the user's own are merged into ours key by key.

    :raises SettingsError: a file is wrong; the message names the file, the key and the expected type.
    """
    import platformdirs

    found = dict(built_in())
    for path in sorted((platformdirs.user_config_path("ssh-transport") / "profiles").glob("*.toml")):
        ours = directory() / path.name
        table = _table(path)
        found[path.stem] = _profile(path.stem, path, _merged(_table(ours), table) if ours.exists() else table)
    return {name: found[name] for name in sorted(found, key=lambda name: (name == GENERIC, name))}


@cache
def built_in() -> Mapping[str, Profile]:
    """Return those that come with us: the same for whoever asks."""
    return {path.stem: _profile(path.stem, path, _table(path)) for path in sorted(directory().glob("*.toml"))}


def directory() -> Path:
    """Return the directory of our profiles: inside the installed package, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "profiles"
    return installed if installed.is_dir() else package.parents[1] / "profiles"


def _table(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"`{path}` is no TOML", cause=str(exc)) from exc


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `ours` overridden by `theirs`: tables key by key; lists are joined, theirs first."""
    merged = dict(ours)
    for key, value in theirs.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merged(old, value)
        else:
            merged[key] = [*value, *old] if isinstance(old, list) and isinstance(value, list) else value
    return merged


def _profile(name: str, path: Path, table: Mapping[str, Any]) -> Profile:
    from .profile import Profile

    try:
        return typed.convert({**table, "slug": name}, Profile)
    except ValueError as exc:
        raise SettingsError(f"the profile `{path}` is wrong", cause=str(exc)) from exc
