"""Secrets: to a private file on a box, checked by what they open, and away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fabric import Connection
from invoke import Collection

from ssh_transport import fleet, report
from ssh_transport.arguments import or_flag
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.change import Change

_ON = "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H)"
_JSON = "Print the result as JSON"
_NAME = "What it is called: wandb, huggingface, github, openai, ..., or a name of your own"
_DRY_RUN = "Say what would change; change nothing"


@task(
    positional=["name"],
    help={
        "name": _NAME,
        "env": "Take it from this environment variable",
        "keyring": "Take it from the keyring: SERVICE or SERVICE/USER",
        "netrc": "Take the password of this machine from ~/.netrc",
        "file": "Take it from this file, which holds one line",
        "whole": "With --file: keep the file as it is, whatever it holds",
        "to": "File on the box (default: where its tools look for it, else ~/.NAME_key)",
        "on": _ON,
        "trust_new": "Send it to a box that is met for the first time, its fingerprint compared",
        "allow_shared_home": "Let the home be on a disk that other machines see",
        "dry_run": _DRY_RUN,
        "json": _JSON,
    },
)
def push(
    c: Context,
    name: str,
    env: str = "",
    keyring: str = "",
    netrc: str = "",
    file: str = "",
    whole: bool = False,
    to: str = "",
    on: str = "",
    trust_new: bool = False,
    allow_shared_home: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Stream one secret into a private file on the box; asks for it unless told where it is."""
    from ssh_transport.secret import destination, push, sources

    place = destination.chosen(name, to, netrc)
    # Read before anything is started, which would inherit the variable.
    sourced = sources.read(name, env=env, keyring=keyring, netrc=netrc, file=file, whole=whole)
    piece = destination.piece(place, sourced)

    def act(box: Box) -> Change:
        return push.push(box, place, piece, trust_new=trust_new, allow_shared_home=allow_shared_home, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)


@task(
    positional=["name"],
    help={
        "name": _NAME,
        "with_": "Command for the box that uses it, found in --variable",
        "variable": "What the command finds it in (default: the one its tools read)",
        "on": _ON,
        "json": _JSON,
    },
)
def verify(c: Context, name: str, with_: str = "", variable: str = "", on: str = "", json: bool = False) -> Any:
    """Ask its service, from the box, whether a secret works; the value stays there."""
    from ssh_transport.secret import verify

    verify.check_words(name, with_, variable)
    return fleet.each(boxes(c, on), lambda box: verify.verify(box, name, with_, variable), as_json=json)


@task(name="list", help={"on": _ON, "json": _JSON})
def list_(c: Context, on: str = "", json: bool = False) -> Any:
    """List the secrets on the box, and where values lie about; never a value."""
    from ssh_transport.secret.held import listing

    return fleet.each(boxes(c, on), listing, as_json=json)


@task(
    positional=["name"],
    help={"name": _NAME, "all": "Every secret that secrets.list finds", "on": _ON, "dry_run": _DRY_RUN, "json": _JSON},
)
def forget(
    c: Context, name: str = "", all: bool = False, on: str = "", dry_run: bool = False, json: bool = False
) -> Any:
    """Overwrite and remove a secret on the box, and look whether it is gone."""
    from ssh_transport.secret import forget

    def act(box: Box) -> Change:
        return forget.forget_all(box, dry_run=dry_run) if all else forget.forget(box, name, dry_run=dry_run)

    if bool(name) == all:
        raise UsageError("name one secret, or say `--all`", hint="inv secrets.forget wandb; inv secrets.forget --all")
    return fleet.each(boxes(c, on), act, as_json=json)


@task(positional=["name"], help={"name": _NAME, "on": f"{_ON}; without it, where it usually is", "json": _JSON})
def env(c: Context, name: str, on: str = "", json: bool = False) -> Any:
    """Print the line that gives a launcher on the box the secret; not the value."""
    from ssh_transport.secret import register
    from ssh_transport.secret.destination import launcher_line, usual

    if not on and not isinstance(c, Connection):
        line = launcher_line(usual(name))
        report.result(line, as_json=json)
        return line
    return fleet.each(boxes(c, on), lambda box: launcher_line(register.place_of(box, name)), as_json=json)


or_flag(forget, "name", "all")
ns = Collection("secrets", push, verify, list_, forget, env)
