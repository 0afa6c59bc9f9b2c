"""Aliases in the ssh config file: a pasted connection string becomes a name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from invoke import Collection

from ssh_transport import endpoint, report
from ssh_transport.boundary import task
from ssh_transport.facts.alias import AliasFacts, alias_facts, our_aliases
from ssh_transport.openssh import SshFiles
from ssh_transport.operations.alias import ensure_alias, remove_alias
from ssh_transport.settings import HostConfigSettings, SshKeySettings

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.change import Change

_JSON = "Print the result as JSON"


@task(
    positional=["project", "string"],
    help={
        "project": "Project, which takes the next free PROJECT-N; or an alias such as proj-3",
        "string": "What the console shows, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'",
        "json": _JSON,
    },
)
def add(c: Context, project: str, string: str, json: bool = False) -> Change:
    """Turn a pasted connection string into an alias."""
    identity = SshKeySettings.of(c).identity
    settings = HostConfigSettings.of(c)
    change = ensure_alias(SshFiles.of(c), project, endpoint.parse(string), identity=identity, settings=settings)
    report.result(change, as_json=json)
    return change


@task(name="list", help={"json": _JSON})
def list_(c: Context, json: bool = False) -> list[AliasFacts]:
    """List the aliases that were added here."""
    facts = our_aliases(SshFiles.of(c))
    if json:
        report.result(facts, as_json=True)
    else:
        report.table(("alias", "platform", "endpoint"), [(row.alias, row.platform, row.endpoint) for row in facts])
    return facts


@task(positional=["alias"], help={"alias": "Name of the alias", "json": _JSON})
def show(c: Context, alias: str, json: bool = False) -> AliasFacts:
    """Show what ssh makes of an alias, its platform and its pinned host keys."""
    facts = alias_facts(SshFiles.of(c), alias)
    report.result(facts, as_json=json)
    return facts


@task(positional=["alias"], help={"alias": "Name of the alias", "json": _JSON})
def remove(c: Context, alias: str, json: bool = False) -> Change:
    """Remove an alias that was added here, and the host keys pinned for it."""
    change = remove_alias(SshFiles.of(c), alias)
    report.result(change, as_json=json)
    return change


ns = Collection("config", add, list_, show, remove)
ns.configure({HostConfigSettings.section: dataclasses.asdict(HostConfigSettings())})
