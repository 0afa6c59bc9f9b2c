"""Aliases in the ssh config file: a pasted connection string becomes a name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from fabric import Connection
from invoke import Collection

from ssh_transport import diagnosis, endpoint, fleet, platforms, report
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import SeveralFailed, Unhealthy, UsageError
from ssh_transport.facts.alias import AliasFacts, alias_facts, our_aliases
from ssh_transport.openssh import SshFiles
from ssh_transport.operations import alias as operations
from ssh_transport.operations.host_key import renew_host_key
from ssh_transport.settings import HostConfigSettings, SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from invoke import Context

    from ssh_transport.change import Change
    from ssh_transport.doctor import Finding
    from ssh_transport.profile import Gotcha, Profile
    from ssh_transport.verify import Row

_JSON = "Print the result as JSON"
_ON = "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H)"
_ALIAS = "Name of the alias"
_STRING = "What the console shows, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'"
_PROFILE = "Platform, where the string does not tell: see config.profiles"
_BOUNDED_MISSES = 3


@task(
    positional=["project", "string"],
    help={
        "project": "Project, which takes the next free PROJECT-N; or an alias such as proj-3",
        "string": _STRING,
        "profile": _PROFILE,
        "keepalive": "long: outlives hours of silence; bounded: for monitors, gives up after 3 unanswered",
        "json": _JSON,
    },
)
def add(
    c: Context, project: str, string: str, profile: str = "", keepalive: str = "long", json: bool = False
) -> Change:
    """Turn a pasted connection string into an alias."""
    if keepalive not in {"long", "bounded"}:
        raise UsageError(f"there is no keepalive `{keepalive}`", hint="--keepalive=long or --keepalive=bounded")
    settings = HostConfigSettings.of(c)
    found = endpoint.parse(string)
    platform, why = platforms.recognise(found, profile)
    if platform.slug == platforms.GENERIC:
        report.say(f"platform generic: {why}")
    style = operations.Style(
        identity=SshKeySettings.of(c).identity,
        keepalive_s=settings.keepalive_s,
        keepalive_misses=_BOUNDED_MISSES if keepalive == "bounded" else settings.keepalive_misses,
        platform=platform.slug,
    )
    change = operations.ensure_alias(SshFiles.of(c), project, found, style)
    report.result(change, as_json=json)
    return change


@task(
    positional=["alias", "string"],
    help={"alias": _ALIAS, "string": f"{_STRING}; or the new port alone", "json": _JSON},
)
def update(c: Context, alias: str, string: str, json: bool = False) -> Change:
    """Lead an alias to where its box is now, after a re-create."""
    ssh = SshFiles.of(c)
    platform = ""
    if string.isdigit():
        options = {"Port": str(endpoint.port(string))}
    else:
        found = endpoint.parse(string)
        options = operations.endpoint_options(found)
        recognised, _ = platforms.recognise(found)
        platform = "" if recognised.slug == platforms.GENERIC else recognised.slug
    change = operations.update_alias(ssh, alias, options, platform)
    report.result(change, as_json=json)
    if change.made and alias_facts(ssh, alias).host_keys:
        report.say(f"if the box was made anew, its host key is another: inv config.forget {alias}")
    return change


@task(
    positional=["alias"],
    help={"alias": _ALIAS, "expect": "The fingerprint that the platform shows: SHA256:...", "json": _JSON},
)
def forget(c: Context, alias: str, expect: str = "", json: bool = False) -> Any:
    """Forget the host key of a re-created box, and pin the new one."""
    return fleet.each(boxes(c, alias), lambda box: renew_host_key(box, expect=expect), as_json=json)


@task(name="list", help={"json": _JSON})
def list_(c: Context, json: bool = False) -> list[AliasFacts]:
    """List the aliases that were added here."""
    facts = our_aliases(SshFiles.of(c))
    if json:
        report.result(facts, as_json=True)
    else:
        rows = [(row.alias, row.platform, row.kind, row.endpoint) for row in facts]
        report.table(("alias", "platform", "kind", "endpoint"), rows)
    return facts


@task(positional=["alias"], help={"alias": _ALIAS, "json": _JSON})
def show(c: Context, alias: str, json: bool = False) -> AliasFacts:
    """Show what ssh makes of an alias, its platform and its pinned host keys."""
    facts = alias_facts(SshFiles.of(c), alias)
    report.result(facts, as_json=json)
    return facts


@task(positional=["alias"], help={"alias": _ALIAS, "json": _JSON})
def remove(c: Context, alias: str, json: bool = False) -> Change:
    """Remove an alias that was added here, and the host keys pinned for it."""
    change = operations.remove_alias(SshFiles.of(c), alias)
    report.result(change, as_json=json)
    return change


@task(
    positional=["name"], optional=["name"], help={"name": "Profile to show; without it all are listed", "json": _JSON}
)
def profiles(c: Context, name: str = "", json: bool = False) -> Any:  # noqa: ARG001 - Invoke hands it over
    """List the platforms that are known, or show what is known of one."""
    known = platforms.all_profiles()
    if not name:
        rows = [(slug, profile.display_name, profile.first_login) for slug, profile in known.items()]
        report.result(known, as_json=True) if json else report.table(("profile", "platform", "first login"), rows)
        return list(known)
    found: Profile = platforms.named(name)
    report.result(found, as_json=json)
    return found


@task(positional=["gotcha"], help={"gotcha": "Id of a known trap, such as T6", "json": _JSON})
def explain(c: Context, gotcha: str, json: bool = False) -> Gotcha:  # noqa: ARG001 - Invoke hands it over
    """Explain a known trap: symptom, root cause, fix."""
    _, found = diagnosis.named(gotcha)
    report.result(found, as_json=json)
    return found


@task(help={"on": _ON, "torch": "Also ask PyTorch whether it sees CUDA", "json": _JSON})
def verify(c: Context, on: str = "", torch: bool = False, json: bool = False) -> list[Row]:
    """Ask all boxes at once who they are and what they have."""
    from ssh_transport.verify import HEADINGS
    from ssh_transport.verify import verify as ask

    rows = ask(boxes(c, on), torch=torch)
    report.result(rows, as_json=True) if json else report.table(HEADINGS, [row.cells for row in rows])
    failed = [row for row in rows if row.error]
    if failed:
        raise SeveralFailed({row.alias: row.exit_code for row in failed})
    return rows


@task(help={"on": f"{_ON}; without it only this machine is examined", "json": _JSON})
def doctor(c: Context, on: str = "", json: bool = False) -> list[Finding]:
    """Find out why a box can't be reached or used; changes nothing."""
    from ssh_transport.doctor import examine_box, examine_here

    found = list(_told(examine_here(SshFiles.of(c)), "here", json=json))
    for box in boxes(c, on) if on or isinstance(c, Connection) else []:
        with box:
            found += _told(examine_box(box), box.name, json=json)
    if json:
        report.result(found, as_json=True)
    if any(finding.status == "failure" for finding in found):
        raise Unhealthy("something is in the way", hint="see the fixes above")
    return found


def _told(findings: Iterable[Finding], who: str, *, json: bool) -> Iterator[Finding]:
    """Print each finding when it is made: some steps take seconds."""
    if not json:
        report.result(f"{who}:")
    for finding in findings:
        if not json:
            report.result(f"  {finding}".replace("\n", "\n  "))
        yield finding


ns = Collection("config", add, update, forget, list_, show, remove, verify, doctor, profiles, explain)
ns.configure({HostConfigSettings.section: dataclasses.asdict(HostConfigSettings())})
