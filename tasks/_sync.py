"""The task that makes aliases of the boxes that a platform lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors.commands import as_typed
from ssh_transport.settings import HostConfigSettings, SshKeySettings
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON, ssh_files

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.operations.alias import AliasSettings
    from ssh_transport.operations.sync import Sync
    from ssh_transport.platforms.profile import Profile

_HEADINGS = ("change", "alias", "address", "instance", "label")
_WOULD = {"added": "would add", "moved": "would move", "new user": "would set user", "noted": "would note"}


@task(
    positional=["platform"],
    help={
        "platform": "Platform whose own command lists your boxes: vastai, runpod, lambda, aws, gcloud, hcloud, doctl",
        "group": "Group that new aliases are in, and that their names begin with (default: the platform)",
        "user": "Login name, where the platform does not say it; aliases that there are get it, too",
        "dry_run": "Show what would be changed; change nothing",
        "json": JSON,
    },
)
def sync(c: Context, platform: str, group: str = "", user: str = "", dry_run: bool = False, json: bool = False) -> Sync:
    """Make aliases of the boxes that a platform lists, and update those that moved."""
    from ssh_transport.box.naming import named_group
    from ssh_transport.facts.instances import instances, listing, unread
    from ssh_transport.operations.sync import sync_aliases

    profile, found = listing(platform)
    group = named_group(group or platform)
    settings = alias_settings(c, profile, HostConfigSettings.of(c).keepalive_misses, group)
    listed = instances(found, user=user)
    done = sync_aliases(ssh_files(c), platform, listed, settings, dry_run=dry_run)
    _show(done, group, is_dry=dry_run, as_json=json)
    if fault := unread(found, listed):
        raise fault
    return done


def alias_settings(c: Context, platform: Profile, misses: int, group: str = "") -> AliasSettings:
    """Return what an alias has besides its endpoint, by the settings."""
    from ssh_transport.operations.alias import AliasSettings

    return AliasSettings(
        identity=SshKeySettings.of(c).identity,
        keepalive_s=HostConfigSettings.of(c).keepalive_s,
        keepalive_misses=misses,
        platform=platform.slug,
        group=group,
    )


def _show(sync: Sync, group: str, *, is_dry: bool, as_json: bool) -> None:
    """Print what became of each box, and what to type next."""
    by = {what: [box.alias for box in sync.boxes if box.what == what] for what in ("added", "moved", "gone")}
    if as_json:
        report.result(sync, as_json=True)
    elif not sync.boxes:
        report.result(f"{sync.platform} lists no box")
    else:
        words = _WOULD if is_dry else {}
        rows = [
            (words.get(box.what, box.what), box.alias, box.address, box.instance.partition("/")[2], box.label)
            for box in sync.boxes
        ]
        report.table(_HEADINGS, rows)
    for alias in by["gone"]:
        report.say(as_typed(f"{sync.platform} no longer lists the box of {alias}: ssh-transport config.remove {alias}"))
    if is_dry:
        return
    for alias in by["moved"]:
        report.say(as_typed(f"if {alias} was re-created, it has another host key: ssh-transport config.forget {alias}"))
    if by["added"]:
        report.say(as_typed(f"next: ssh-transport -H @{group} keys.check"))
