"""Reads a pasted text: tries all in it that may be an endpoint, the plainest kind first, and chooses among several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointError
from ssh_transport.platforms.address import Endpoint, port, unreadable
from ssh_transport.platforms.profiles import reach_of, recognise

from . import api, bare, config_block, fields, labels, letters, mappings, tables
from .commands import Commands
from .draft import Found, whole
from .plain import LONGEST, plain
from .private import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.platforms.address import Endpoint


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """The endpoint of a text, the others that it has, and what the person should be told of it."""

    endpoint: Endpoint
    others: tuple[Endpoint, ...] = ()
    told: tuple[str, ...] = ()


def read(text: str) -> Pasted:
    """
    Read text copied from a console, a mail or a chat.

    :raises EndpointError: there is no endpoint in it, or it leads a way that an alias can't go.
    """
    if len(text) > LONGEST:
        raise unreadable(f"it has more than {LONGEST:,} characters")
    clean = without_secrets(plain(text))
    found = _of_json(text) or config_block.read(clean) or _of_text(clean)
    best, *others = ranked(found)
    endpoint = best.endpoint if others else _completed(best.endpoint, labels.read(clean))
    beside = ("its user or port is not in the command, but beside it",) if endpoint != best.endpoint else ()
    return Pasted(endpoint=endpoint, others=tuple(other.endpoint for other in others), told=(*best.told, *beside))


def _of_json(text: str) -> list[Found]:
    """
    Return what an API answer says: the commands in it, else its fields.

    :raises EndpointError: it says a port that is none.
    """
    values = api.values(text)
    for value in values:
        said = "\n".join(without_secrets(plain(string)) for string in api.strings(value))
        if found := Commands(said).found:
            return found
    records = [record for value in values for record in api.records(value)]
    found = _of_fields(records)
    for record in records:
        # What is there and no port never becomes 22.
        if not found and record.get("port"):
            port(record["port"])
    return found


def _of_text(clean: str) -> list[Found]:
    commands = Commands(clean)
    if commands.found:
        return commands.found
    if commands.error and not commands.is_template:
        raise commands.error
    lines = commands.prose
    said = labels.read(clean)
    if (mapped := mappings.port(lines)) and "port" not in said:
        said["port"] = mapped
    # What stands behind a label may be a target with its options.
    labelled = [] if "@" in said.get("host", "") else _of_fields([said])
    found = mappings.read(lines) or _of_fields(tables.read(clean)) or labelled
    if not found and commands.error:
        raise commands.error
    try:
        return found or bare.targets(lines)
    except EndpointError:
        if commands.weak:
            return commands.weak
        # Of a host with a letter that `ssh` does not know, that is what is wrong.
        whole(said.get("host", ""))
        raise


def _of_fields(records: Iterable[dict[str, str]]) -> list[Found]:
    """Return the endpoints of records that have a host; what is no host is no endpoint."""
    found: list[Found] = []
    for record in records:
        if not record.get("host"):
            continue
        try:
            found.append(Found(endpoint=fields.endpoint(record)))
        except EndpointError:
            continue
    return found


def _completed(endpoint: Endpoint, said: dict[str, str]) -> Endpoint:
    """
    Return the endpoint with the user and port that stand beside it in the text, if it has none itself.

    :raises EndpointError: the user has a letter that no login name has.
    """
    name = said.get("user", "")
    if not endpoint.user and any(map(letters.is_foreign, name)):
        raise letters.foreign(f"{name}@")
    try:
        beside = fields.endpoint({"host": endpoint.host, **said})
    except EndpointError:
        return endpoint
    if beside.host != endpoint.host:
        return endpoint
    return replace(endpoint, user=endpoint.user or beside.user, port=endpoint.port or beside.port)


def ranked(found: Sequence[Found]) -> list[Found]:
    """Return each endpoint once, the one that can do most first; of equals, the one that stands first."""
    known: dict[tuple[str, str | None, int | None], Found] = {}
    for one in found:
        known.setdefault((one.endpoint.host.lower(), one.endpoint.user, one.endpoint.port), one)
    # A command without user or port, beside one with it, is about something else: a template, a copy, a scan.
    rest = [one for one in known.values() if not any(_says_more(other, one) for other in known.values())]
    return sorted(rest, key=lambda one: _weakness(one.endpoint)) if len(rest) > 1 else rest


def _weakness(endpoint: Endpoint) -> tuple[int, bool]:
    """Return how little the platform's profile promises of this kind of endpoint."""
    profile, _ = recognise(endpoint)
    reach = reach_of(profile, endpoint.host, endpoint.user)
    return -len(reach.capabilities), bool(reach.better)


def _says_more(other: Found, one: Found) -> bool:
    """Whether another endpoint is the same one with a user or port that is missing here."""
    here, there = one.endpoint, other.endpoint
    return (
        here.host.lower() == there.host.lower()
        and (here.user, here.port) != (there.user, there.port)
        and here.user in {None, there.user}
        and here.port in {None, there.port}
    )
