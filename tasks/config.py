"""Tasks for aliases in the ssh config file: a pasted connection string becomes an alias."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from fabric import Connection
from invoke import Collection

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import SeveralFailed, Unhealthy, UsageError
from ssh_transport.errors.commands import as_typed
from ssh_transport.settings import HostConfigSettings
from ssh_transport.terminal import report
from ssh_transport.terminal.arguments import or_nothing
from ssh_transport.terminal.task import task
from ssh_transport.text import one_line

from ._added import say_next, say_of_block, say_same_host
from ._explain import explain
from ._how import HTML, JSON, ON, say_html, ssh_files
from ._sync import alias_settings, sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from invoke import Context

    from ssh_transport.change import Change
    from ssh_transport.doctor import Finding
    from ssh_transport.facts.alias import AliasFacts
    from ssh_transport.fleet.verify import Row
    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.platforms.endpoint import Endpoint
    from ssh_transport.platforms.profile import Profile

_ALIAS = "Name of the alias"
_STRING = "What the console shows, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'"
_PROFILE = "Platform, if the string does not show it: see config.profiles"
_BOUNDED_MISSES = 3
_HINTS = 3


@task(
    positional=["project", "string"],
    help={
        "project": "Project, which takes the next free PROJECT-N; or an alias such as proj-3",
        "string": _STRING,
        "profile": _PROFILE,
        "keepalive": "long: outlives hours of silence (default); bounded: for monitors, gives up after 3 unanswered",
        "json": JSON,
    },
)
def add(c: Context, project: str, string: str, profile: str = "", keepalive: str = "", json: bool = False) -> Change:
    """Turn a pasted connection string into an alias."""
    from ssh_transport.operations import alias as operations
    from ssh_transport.platforms.profiles import BY_HOST, NAMED, reach_of, recognise

    if keepalive not in {"", "long", "bounded"}:
        raise UsageError(f"there is no keepalive `{keepalive}`", hint="--keepalive=long or --keepalive=bounded")
    ssh = ssh_files(c)
    found = _read(ssh, string)
    platform, why = recognise(found, profile)
    if why not in {NAMED, BY_HOST}:
        report.say(f"platform {platform.slug}: {why}")
    misses = _BOUNDED_MISSES if keepalive == "bounded" else HostConfigSettings.of(c).keepalive_misses
    asked = {"platform": profile, "ServerAliveCountMax": keepalive}
    settings = dataclasses.replace(
        alias_settings(c, platform, misses), asked=tuple(key for key, value in asked.items() if value)
    )
    others = operations.at_same_host(ssh, found)
    change = operations.ensure_alias(ssh, project, found, settings)
    report.result(change, as_json=json)
    if change.made:
        say_same_host(change.alias, found, others)
    say_of_block(ssh, change, found)
    say_next(c, change.alias, platform, reach_of(platform, found.host, found.user))
    return change


@task(
    positional=["alias", "string"],
    help={"alias": _ALIAS, "string": f"{_STRING}; or the new port alone", "json": JSON},
)
def update(c: Context, alias: str, string: str, json: bool = False) -> Change:
    """Change the endpoint of an alias, after its box was re-created."""
    from ssh_transport.facts.alias import alias_facts
    from ssh_transport.operations import alias as operations
    from ssh_transport.platforms import endpoint
    from ssh_transport.platforms.profiles import BY_HOST, recognise

    ssh = ssh_files(c)
    platform = ""
    if string.isdigit():
        options = {"Port": str(endpoint.port(string))}
    else:
        found = _read(ssh, string, is_new=False)
        options = operations.way_options(found)
        recognised, why = recognise(found)
        # A guess does not replace what a person has named.
        platform = recognised.slug if why == BY_HOST else ""
    change = operations.update_alias(ssh, alias, options, platform)
    report.result(change, as_json=json)
    if change.made and alias_facts(ssh, alias).host_keys:
        report.say(as_typed(f"if the box was re-created, it has another host key: ssh-transport config.forget {alias}"))
    report.say(as_typed(f"next: ssh-transport -H {alias} keys.check"))
    return change


@task(
    positional=["alias"],
    help={"alias": _ALIAS, "expect": "The fingerprint that the platform shows: SHA256:...", "json": JSON},
)
def forget(c: Context, alias: str, expect: str | None = None, json: bool = False) -> Any:
    """Forget the host key of a re-created box, and pin the new one."""
    from ssh_transport.operations.host_key import renew_host_key

    renewed = fleet.each(boxes(c, alias), lambda box: renew_host_key(box, expect=expect), as_json=json)
    report.say(as_typed(f"next: ssh-transport -H {alias} keys.check"))
    return renewed


@task(only_reads=True, name="list", help={"json": JSON})
def list_(c: Context, json: bool = False) -> list[AliasFacts]:
    """List the aliases that were added here."""
    from ssh_transport.facts.alias import our_aliases

    facts = our_aliases(ssh_files(c))
    if json:
        report.result(facts, as_json=True)
    else:
        rows = [(row.alias, row.platform, row.kind, row.endpoint, row.group and f"@{row.group}") for row in facts]
        report.table(("alias", "platform", "kind", "endpoint", "group"), rows)
    return facts


@task(only_reads=True, positional=["alias"], help={"alias": _ALIAS, "json": JSON})
def show(c: Context, alias: str, json: bool = False) -> AliasFacts:
    """Show what an alias resolves to, its platform and its pinned host keys."""
    from ssh_transport.facts.alias import alias_facts

    facts = alias_facts(ssh_files(c), alias)
    report.result(facts, as_json=json)
    return facts


@task(positional=["alias"], help={"alias": _ALIAS, "json": JSON})
def remove(c: Context, alias: str, json: bool = False) -> Change:
    """Remove an alias that was added here, and the host keys pinned for it."""
    from ssh_transport.operations.alias_removal import remove_alias

    change = remove_alias(ssh_files(c), alias)
    report.result(change, as_json=json)
    return change


@task(only_reads=True, positional=["name"], help={"name": "Profile to show; without it all are listed", "json": JSON})
def profiles(c: Context, name: str = "", json: bool = False) -> Any:  # noqa: ARG001 - Invoke hands it over
    """List the known platforms, or show the profile of one."""
    from ssh_transport.platforms.profiles import all_profiles, named

    known = all_profiles()
    if not name:
        rows = [(slug, profile.display_name, profile.first_login) for slug, profile in known.items()]
        report.result(known, as_json=True) if json else report.table(("profile", "platform", "first login"), rows)
        return list(known)
    found: Profile = named(name)
    report.result(found, as_json=json)
    return found


@task(
    only_reads=True,
    help={
        "on": ON,
        "torch": "Also ask PyTorch whether it sees CUDA",
        "code": "Also hash what transfer.push --git sent to this directory: is it the same on all, and unchanged?",
        "html": HTML,
        "json": JSON,
    },
)
def verify(
    c: Context, on: str = "", torch: bool = False, code: str = "", html: str = "", json: bool = False
) -> list[Row]:
    """Check all boxes at once: which machines they are, clock and GPUs."""
    from ssh_transport import page
    from ssh_transport.fleet.same_code import elsewhere
    from ssh_transport.fleet.verify import HEADINGS, shared
    from ssh_transport.fleet.verify import verify as verify_boxes

    place = page.place(html)
    rows, failures = verify_boxes(boxes(c, on), torch=torch, code=code)
    told = [*shared(rows), *elsewhere({row.alias: row.code_at for row in rows if row.code_at}, code)]
    if place:
        page.write(place, page.boxes_page(rows, told))
    for row in rows:
        fleet.take_down(row.alias, row, failures.get(row.alias))
    if not json:
        report.table(HEADINGS, [row.cells for row in rows])
    for sentence in told:
        report.say(sentence)
    say_html(html, as_json=json)
    # The table has no room for them.
    for hint in [*dict.fromkeys(error.hint for error in failures.values() if error.hint)][:_HINTS]:
        report.say(as_typed(f"hint: {hint}"))
    if failures:
        raise SeveralFailed(failures, {row.alias: row for row in rows if row.alias not in failures})
    return rows


@task(only_reads=True, help={"on": f"{ON}; without it only this machine is examined", "json": JSON})
def doctor(c: Context, on: str = "", json: bool = False) -> list[Finding]:
    """Find out why a box can't be reached or used; changes nothing."""
    from ssh_transport.doctor import examine_box, examine_here

    found = list(_printed(examine_here(ssh_files(c)), "here", json=json))
    report.result(found, as_json=True)
    # One after the other: it measures the way to each, which they may share.
    for box in boxes(c, on) if on or isinstance(c, Connection) else []:
        with box:
            there = list(_printed(examine_box(box), box.name, json=json))
        found += there
        fleet.take_down(box.name, there, _fault(there, box.name))
    if fault := _fault(found, ""):
        raise fault
    return found


def _fault(findings: Iterable[Finding], box: str) -> Unhealthy | None:
    if any(finding.status == "failure" for finding in findings):
        return Unhealthy("the doctor found a failure", box=box, hint="see the fixes above")
    return None


def _read(ssh: SshFiles, string: str, *, is_new: bool = True) -> Endpoint:
    """Read a pasted string, and say what of it, and of the person's config, was taken, left, or is not as it should."""
    from ssh_transport.operations import way
    from ssh_transport.platforms import endpoint

    pasted = endpoint.read(string)
    if pasted.others:
        report.say(f"taken: {pasted.endpoint}\nnot taken: " + "\n           ".join(map(str, pasted.others)))
    for told in pasted.told:
        report.say(told)
    found = way.as_configured(ssh, pasted.endpoint, is_new=is_new)
    if taken := way.taken(pasted.endpoint, found):
        report.say(taken)
    if command := dict(found.options).get("ProxyCommand"):
        report.say(f"each login runs a command on this machine: {one_line(command)}")
    return found


def _printed(findings: Iterable[Finding], where: str, *, json: bool) -> Iterator[Finding]:
    """Print and yield each finding at once, as some steps take seconds."""
    if not json:
        report.result(f"{where}:")
    for finding in findings:
        if not json:
            report.result(f"  {finding}".replace("\n", "\n  "))
        yield finding


ns = Collection("config", add, update, sync, forget, list_, show, remove, verify, doctor)
ns.add_task(or_nothing(profiles, "name"))
ns.add_task(or_nothing(explain, "problem"))
ns.configure({HostConfigSettings.section: dataclasses.asdict(HostConfigSettings())})
