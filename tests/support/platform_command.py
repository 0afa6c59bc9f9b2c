"""Stand-ins for the commands of platforms: they print what tests/data/listings has, or whatever a test wants."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.facts.instances import listings
from ssh_transport.platforms.profile import Listing, Way

if TYPE_CHECKING:
    import pytest

    from ssh_transport.platforms.endpoint import Endpoint

DATA = Path(__file__).parents[1] / "data" / "listings"
# What a profile says of a command `lists` that prints a plain list.
PLAIN = Listing(
    command=("lists",), get="make it", id="id", label="name", user="root", ways=(Way(host="host", port="port"),)
)
# For a person's own profile of vast.ai, in place of the platform's command.
LISTS = """[[listings]]
command = ["echo", '[{"id": 12345, "label": "llm", "ip": "203.0.113.7", "port": 41234}]']
get = "make it"
id = "id"
label = "label"
user = "root"
ways = [{host = "ip", port = "port"}]
"""


def stand_in(directory: Path, name: str) -> None:
    """Put a command into a directory that prints the shape that a listing is documented to have."""
    _, listing = listings()[name]
    details = "".join(
        f"  {shlex.quote(shlex.join([word.replace('{id}', one) for word in listing.details[1:]]))}) "
        f"cat {shlex.quote(str(DATA / f'{name}-{one}.json'))};;\n"
        for one in (path.stem.removeprefix(f"{name}-") for path in DATA.glob(f"{name}-*.json"))
    )
    words, printed = " ".join(listing.command[1:]), DATA / f"{name}.json"
    script = (
        f'case "$*" in\n  {shlex.quote(words)}) cat {shlex.quote(str(printed))};;\n'
        f'{details}  *) echo "unknown: $*" >&2; exit 2;;\nesac\n'
    )
    command(directory, listing.command[0], script)


def command(directory: Path, name: str, script: str) -> None:
    """Put a shell script of that name into a directory."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o700)


def on_the_path(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in a directory be found first."""
    monkeypatch.setenv("PATH", str(directory), prepend=":")


def address(endpoint: Endpoint | None) -> str:
    """Return where a box is, as `ssh` shows it; empty where that is not known."""
    if endpoint is None:
        return ""
    there = f"{endpoint.host}:{endpoint.port or 22}"
    return f"{endpoint.user}@{there}" if endpoint.user else there
