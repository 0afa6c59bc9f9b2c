"""Tasks for secrets: push, verify, list, forget and env."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fabric import Connection
from invoke import Collection

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.terminal import report
from ssh_transport.terminal.arguments import or_flag
from ssh_transport.terminal.task import task

from ._how import JSON, ON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.change import Change

_NAME = "Name: wandb, huggingface, github, openai, ..., or a name of your own"
_DRY_RUN = "Show what would change; change nothing"


@task(
    positional=["name"],
    help={
        "name": _NAME,
        "env": "Take it from this environment variable",
        "keyring": "Take it from the keyring: SERVICE or SERVICE/USER",
        "netrc": "Take the password of this machine from ~/.netrc",
        "file": "Take it from this file, which holds one line",
        "whole": "With --file: send the whole file unchanged",
        "to": "File on the box (default: where its tools read it, else ~/.NAME_key)",
        "on": ON,
        "trust_new": "Pin the host key of a new box, after you have compared its fingerprint",
        "allow_shared_home": "Allow a home on a disk that other machines see",
        "replace": "Replace a file there that is no secret that was pushed, and every login of a machine",
        "dry_run": _DRY_RUN,
        "json": JSON,
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
    replace: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Stream one secret into a private file on the box; asks for it if no source is named."""
    from ssh_transport.secret import destination, push, sources

    target = destination.destination_for(name, to, netrc)
    destination.check_whole(target, whole=whole)
    # Read it before any program is started, which would inherit the variable.
    sourced = sources.read(name, env=env, keyring=keyring, netrc=netrc, file=file, whole=whole)
    target = destination.taking(target, sourced)
    content = destination.content(target, sourced)

    def act(box: Box) -> Change:
        allowed = {"trust_new": trust_new, "allow_shared_home": allow_shared_home, "replace": replace}
        return push.push(box, target, content, **allowed, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)


@task(
    only_reads=True,
    positional=["name"],
    help={
        "name": _NAME,
        "with_": "Command to run on the box, which reads it from --variable",
        "variable": "Environment variable for the command (default: the one its tools read)",
        "on": ON,
        "json": JSON,
    },
)
def verify(c: Context, name: str, with_: str = "", variable: str = "", on: str = "", json: bool = False) -> Any:
    """Check from the box whether a secret works; the value stays there."""
    from ssh_transport.secret import verify

    verify.check_arguments(name, with_, variable)
    return fleet.each(boxes(c, on), lambda box: verify.verify(box, name, with_, variable), as_json=json)


@task(
    only_reads=True,
    name="list",
    needs=("ssh_transport.secret.inventory", "ssh_transport.credentials.catalogue:is_there"),
    help={"on": ON, "json": JSON},
)
def list_(c: Context, on: str = "", json: bool = False) -> Any:
    """List the secrets on the box, and files they leaked into; no values."""
    from ssh_transport.secret.inventory import listing

    return fleet.each(boxes(c, on), listing, as_json=json)


@task(
    positional=["name"],
    help={
        "name": f"{_NAME}, or a machine that secrets.list names",
        "all": "Every secret that secrets.list finds",
        "replace": "Remove also what is no secret that was pushed",
        "on": ON,
        "dry_run": _DRY_RUN,
        "json": JSON,
    },
)
def forget(
    c: Context,
    name: str = "",
    all: bool = False,
    replace: bool = False,
    on: str = "",
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Overwrite and remove a secret on the box, and check that it is gone."""
    from ssh_transport.secret import forget

    def act(box: Box) -> Change:
        how = {"replace": replace, "dry_run": dry_run}
        return forget.forget_all(box, **how) if all else forget.forget(box, name, **how)

    if bool(name) == all:
        raise UsageError(
            "name one secret, or use `--all`",
            hint="ssh-transport secrets.forget wandb; ssh-transport secrets.forget --all",
        )
    return fleet.each(boxes(c, on), act, as_json=json)


@task(
    only_reads=True,
    positional=["name"],
    help={"name": _NAME, "on": f"{ON}; without it, for the default path", "json": JSON},
)
def env(c: Context, name: str, on: str = "", json: bool = False) -> Any:
    """Print the shell line that exports the secret on the box; not the value."""
    from ssh_transport.secret import register
    from ssh_transport.secret.destination import default_destination, export_line

    if not on and not isinstance(c, Connection):
        line = export_line(default_destination(name))
        report.result(line, as_json=json)
        return line
    return fleet.each(boxes(c, on), lambda box: export_line(register.destination_of(box, name)), as_json=json)


or_flag(forget, "name", "all")
ns = Collection("secrets", push, verify, list_, forget, env)
