"""
The aliases of a platform's boxes, as the platform lists them.

An alias knows its box by the note ``instance`` in its block: the name of the listing, a slash, and what the platform
calls the box. An alias that was added by hand for the address of a box gets the note.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING, Literal

from ssh_transport.openssh import config_file
from ssh_transport.platforms.profiles import GENERIC

from . import alias as aliases

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from ssh_transport.facts.instances import Instance
    from ssh_transport.openssh.block import Block
    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.platforms.endpoint import Endpoint

    from .alias import AliasSettings

    What = Literal["added", "moved", "new user", "noted", "unchanged", "no address", "unread", "gone"]

_LONGEST_WORD = 40


@dataclasses.dataclass(frozen=True)
class Synced:
    """
    What became of the alias of one box.

    :ivar what: ``added``; ``moved``: it has another address; ``new user``: it has the user that is named now;
        ``noted``: an alias made by hand is known to be this box; ``unchanged``; ``no address``: the box has none, as it
        is stopped or not ready; ``unread``: what the platform says of its address can't be read; ``gone``: the platform
        no longer lists it, and the alias is left.
    :ivar alias: empty if there is none, as the box has no address yet.
    :ivar address: where the alias leads now; empty if that is not known.
    """

    what: What
    alias: str
    instance: str
    label: str
    address: str


@dataclasses.dataclass(frozen=True)
class Sync:
    """
    What became of the aliases of all boxes of a platform, or would.

    :ivar platform: its profile.
    :ivar boxes: each box with its alias, and whether that was added or updated.
    :ivar made: whether an alias was changed; never in a dry run.

    >>> [(box.what, box.alias) for box in config.sync(c, "vastai", dry_run=True).boxes]
    [('added', 'vastai-llm')]
    """

    platform: str
    boxes: tuple[Synced, ...]
    made: bool


def sync_aliases(
    ssh: SshFiles, listing: str, instances: Iterable[Instance], settings: AliasSettings, *, dry_run: bool = False
) -> Sync:
    """
    Ensure that every box with an address has an alias that leads there; no alias is taken away.

    A new one is called after the group of `settings` and the box's label, or the next number. Of one that there is, the
    user, if none is named now, the way there, and a port that the platform does not say are the person's, and stay.

    :raises AliasError: an alias would not take effect; those before it are done, and are left when it is done again.
    """
    done = []
    for step, endpoint in _steps(ssh, listing, instances, settings.group):
        if not dry_run and endpoint:
            _carry_out(ssh, step, endpoint, settings)
        done.append(step)
    made = not dry_run and any(box.what in {"added", "moved", "new user", "noted"} for box in done)
    return Sync(listing, tuple(done), made)


def _steps(
    ssh: SshFiles, listing: str, instances: Iterable[Instance], group: str
) -> Iterator[tuple[Synced, Endpoint | None]]:
    """Yield what is to be done for each box, and where it is if there is something to be done."""
    blocks = config_file.blocks(ssh.config)
    known = {block.instance: alias for alias, block in blocks.items() if block.instance}
    taken = set(config_file.aliases(ssh.config))
    gone = {instance: alias for instance, alias in known.items() if instance.startswith(f"{listing}/")}
    for one in instances:
        instance = f"{listing}/{one.id}"
        gone.pop(instance, None)
        alias = known.get(instance, "")
        endpoint = one.endpoint
        if endpoint is None:
            yield Synced("unread" if one.unread else "no address", alias, instance, one.label, ""), None
            continue
        what: What = "added"
        options = aliases.endpoint_options(endpoint)
        if alias:
            endpoint = dataclasses.replace(endpoint, user=one.user or None)
            changes = _changes(blocks[alias], endpoint)
            what = _what(changes)
            options |= {**blocks[alias].options, **changes}
        elif alias := _by_hand(blocks, endpoint):
            what = "noted"
            # A second box at that address is another one.
            blocks[alias] = dataclasses.replace(blocks[alias], instance=instance)
        else:
            alias = _name(group, one.label, taken)
            taken.add(alias)
        step = Synced(what, alias, instance, one.label, _address(options))
        yield step, None if what == "unchanged" else endpoint
    for instance, alias in gone.items():
        yield Synced("gone", alias, instance, "", ""), None


def _carry_out(ssh: SshFiles, step: Synced, endpoint: Endpoint, settings: AliasSettings) -> None:
    settings = dataclasses.replace(settings, instance=step.instance)
    if step.what == "added":
        aliases.add_alias(ssh, step.alias, endpoint, settings)
        return
    block = config_file.blocks(ssh.config)[step.alias]
    if step.what == "noted":
        # As in `config.update`: what a person has named stays.
        platform = settings.platform if block.platform in {"", GENERIC} else ""
        group = block.group or settings.group
        aliases.update_alias(ssh, step.alias, {}, platform, group=group, instance=step.instance)
    else:
        aliases.update_alias(ssh, step.alias, _changes(block, endpoint))


def _changes(block: Block, endpoint: Endpoint) -> dict[str, str]:
    """Return the options of an alias that are others at an endpoint; what that does not say is none."""
    wanted = aliases.endpoint_options(endpoint)
    return {
        key: value
        for key, value in wanted.items()
        if block.options.get(key) != value and (key != "Port" or endpoint.port)
    }


def _what(changes: Mapping[str, str]) -> What:
    if not changes:
        return "unchanged"
    return "new user" if set(changes) == {"User"} else "moved"


def _leads_to(block: Block, endpoint: Endpoint) -> bool:
    wanted = aliases.endpoint_options(endpoint)
    return all(block.options.get(key) == wanted[key] for key in ("HostName", "Port", "User") if key in wanted)


def _by_hand(blocks: Mapping[str, Block], endpoint: Endpoint) -> str:
    """Return our alias that leads there, and of which it is not known which box it is; or empty."""
    return next((name for name, block in blocks.items() if not block.instance and _leads_to(block, endpoint)), "")


def _name(group: str, label: str, taken: Container[str]) -> str:
    """Return a name that begins with the group: what strangers call a box may be the name of another host."""
    words = re.sub(r"[^a-z0-9]+", "-", label.lower(), flags=re.ASCII).strip("-")[:_LONGEST_WORD].rstrip("-")
    base = f"{group}-{words.removeprefix(f'{group}-')}" if words else group
    if words and base not in taken:
        return base
    return next(name for index in itertools.count(1) if (name := f"{base}-{index}") not in taken)


def _address(options: Mapping[str, str]) -> str:
    user = f"{options['User']}@" if "User" in options else ""
    return f"{user}{options['HostName'].replace('%%', '%')}:{options['Port']}"
