"""Chooses among several endpoints of one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.platforms.profiles import reach_of, recognise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.platforms.address import Endpoint

    from .draft import Found


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
