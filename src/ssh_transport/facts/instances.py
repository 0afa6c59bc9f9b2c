"""
The boxes that a person has on a platform, as the platform's own command lists them.

Which command that is, and where in its JSON what of a box is, stands in the profile (`profile.Listing`). What it prints
is believed in nothing: ids are names, hosts and ports are checked as pasted ones are, and no more than that is kept,
as there are keys and tokens in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssh_transport.box.beside import mapped
from ssh_transport.errors import CommandFailed, EndpointError, SettingsError, UsageError
from ssh_transport.platforms import address
from ssh_transport.platforms.address import Endpoint
from ssh_transport.platforms.profiles import all_profiles
from ssh_transport.text import did_you_mean

from .program import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.platforms.profile import Listing, Profile, Way

_MOST = 1000
_AT_ONCE = 8
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)
_LONGEST_LABEL = 200
_LONGEST_HOST = 253  # RFC 1035


@dataclass(frozen=True)
class Instance:
    """
    A box that the platform has.

    :ivar id: what the platform calls it.
    :ivar label: what the person calls it there, any characters; or empty.
    :ivar endpoint: where it is; `None` while it has no address. Its port is `None` where the platform says none.
    :ivar unread: the expression of the profile whose value is no address, or that has none for a box that runs.
    :ivar user: the login name, if it was named by the person, and is no guess of the profile.
    """

    id: str
    label: str
    endpoint: Endpoint | None
    unread: str = ""
    user: str = ""


def listings() -> dict[str, tuple[Profile, Listing]]:
    """Return every listing by its name, with its platform."""
    found: dict[str, tuple[Profile, Listing]] = {}
    for profile in all_profiles().values():
        for listing in profile.listings:
            found.setdefault(listing.name or profile.slug, (profile, listing))
    return found


def listing(name: str) -> tuple[Profile, Listing]:
    """
    Return the listing of a name, with its platform.

    :raises UsageError: there is none.
    """
    known = listings()
    if name in known:
        return known[name]
    if name in all_profiles() and (several := [one.name for one in all_profiles()[name].listings]):
        raise UsageError(f"`{name}` is not one platform", hint=f"take one of {', '.join(several)}")
    if name in all_profiles():
        what = f"{all_profiles()[name].display_name} has no command that lists boxes"
        raise UsageError(what, hint="paste what its console shows: ssh-transport config.add PROJECT 'ssh ...'")
    hint = did_you_mean(name, known).strip() or f"known: {', '.join(known)}"
    raise UsageError(f"no platform is called `{name}`", hint=hint)


def instances(listing: Listing, *, user: str = "") -> list[Instance]:
    """
    Ask the platform's command for the boxes, each once, in its order.

    :param user: the login name, if it is another than the profile says.
    :raises EndpointError: `user` is none.
    :raises ToolMissing: the command is not installed.
    :raises CommandFailed: it failed, or printed something else than the profile says.
    :raises SettingsError: an expression in the profile is none.
    """
    user = address.user(user) if user else ""
    with asking(listing.get) as ask:
        found = _value(listing.instances, _json(ask, listing.command))
        if not isinstance(found, list):
            raise _other(listing.command, f"there is no list at `{listing.instances}`")
        if len(found) > _MOST:
            raise _other(listing.command, f"it lists more than {_MOST:,} boxes")
        tables = {name: one for one in found if (name := _id(_value(listing.id, one)))}
        if len(tables) < len(found):
            raise _other(listing.command, f"a box has no name of its own at `{listing.id}`")
        details = mapped(lambda name: _details(ask, listing, name, tables[name]), list(tables), _AT_ONCE)
    return [
        Instance(
            name,
            _text(_value(listing.label, one))[:_LONGEST_LABEL],
            *_where(listing, detail, user or listing.user),
            user,
        )
        for (name, one), detail in zip(tables.items(), details, strict=True)
    ]


def unread(listing: Listing, found: Sequence[Instance]) -> CommandFailed | None:
    """Return the error for boxes whose address can't be read; `None` if there is no such box."""
    fields = dict.fromkeys(one.unread for one in found if one.unread)
    boxes = {field: ", ".join(one.id for one in found if one.unread == field) for field in fields}
    why = "; ".join(f"there is no address or port at `{field}` of {names}" for field, names in boxes.items())
    return _other(listing.command, why) if why else None


def _details(ask: Callable[[Sequence[str]], bytes], listing: Listing, name: str, one: Any) -> Any:
    """Return what says where a box is."""
    return _json(ask, [word.replace("{id}", name) for word in listing.details]) if listing.details else one


def _json(ask: Callable[[Sequence[str]], bytes], argv: Sequence[str]) -> Any:
    import msgspec

    try:
        return msgspec.json.decode(ask(argv))
    except (msgspec.DecodeError, RecursionError) as exc:
        raise _other(argv, f"it is no JSON: {exc}") from exc


def _where(listing: Listing, one: Any, user: str) -> tuple[Endpoint | None, str]:
    """Return where a box is by the first way that leads somewhere, or the expression that can't be read."""
    for way in listing.ways:
        host, port = _value(way.host, one), _value(way.port, one)
        # One that is there and wrong is no reason to go another way, where another box may be.
        if host and not (way.port and port in (None, "")):
            return _by(way, host, port, user)
    return None, listing.ways[0].host if _value(listing.running, one) else ""


def _by(way: Way, host: Any, port: Any, user: str) -> tuple[Endpoint | None, str]:
    said = _text(host).strip()
    if len(said) > _LONGEST_HOST:
        return None, way.host
    try:
        checked = address.host(said)
    except EndpointError:
        return None, way.host
    try:
        number = address.port(str(address.port(_text(port)) + way.port_plus)) if way.port else None
    except EndpointError:
        return None, way.port
    return Endpoint(host=checked, port=number, user=user or None), ""


def _id(value: Any) -> str:
    text = _text(value)
    return text if _ID.fullmatch(text) else ""


def _text(value: Any) -> str:
    """Return a text, or a whole number as one; empty for all else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _value(expression: str, of: Any) -> Any:
    """Return what an expression finds; `None` if it does not fit."""
    if not expression:
        return None
    import jmespath
    from jmespath.exceptions import JMESPathError, JMESPathTypeError

    try:
        return jmespath.search(expression, of)
    except JMESPathTypeError:
        return None
    except JMESPathError as exc:
        raise SettingsError(f"`{expression}` is no expression of JMESPath", cause=str(exc)) from exc


def _other(argv: Sequence[str], why: str) -> CommandFailed:
    hint = "another version of it may say it in another way; a profile of your own can name that: `listings`"
    return CommandFailed(f"can't read what `{' '.join(argv)}` prints", cause=why, hint=hint)
