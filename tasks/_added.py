"""What is said of an alias that was added: what it has otherwise than was pasted, and what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors.commands import as_typed
from ssh_transport.settings import SshKeySettings
from ssh_transport.terminal import report

from ._how import ssh_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invoke import Context

    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.operations.alias import AliasChange
    from ssh_transport.platforms.endpoint import Endpoint
    from ssh_transport.platforms.profile import Profile, Reach


def say_next(c: Context, alias: str, platform: Profile, reach: Reach) -> None:
    """Say how the alias is used first, by what its box can do and which keys there are."""
    from ssh_transport.facts.own_keys import missing_key

    if "exec" not in reach.capabilities:
        what = "it gives a terminal and nothing else; our tasks go by that, other programs can't"
        report.say(as_typed(f"{what}: {reach.better}"))
    if not reach.can("exec"):
        report.say(f"next: ssh {alias}")
    else:
        # Where the console puts a key onto a new box, it need only be tried.
        is_in = platform.first_login == "key"
        tasks = f"ssh-transport -H {alias} keys.check" if is_in else f"ssh-transport -H {alias} keys.push"
        default = SshKeySettings.of(c).identity
        if key := missing_key(ssh_files(c), alias, default):
            path = "" if key == Path(default).expanduser() else f" --path={shlex.quote(str(key))}"
            made = f"ssh-transport keys.generate{path}"
            # Nobody has put a key into the console that is made now.
            tasks = f"{made}, put its .pub into the console, then: {tasks}" if is_in else f"{made} && {tasks}"
        report.say(as_typed(f"next: {tasks}"))


def say_same_host(alias: str, found: Endpoint, others: Mapping[str, str]) -> None:
    """Say which aliases lead to the same host by another port: a box that is made anew gets another one."""
    if not others:
        return
    from ssh_transport.openssh.resolution import SSH_PORT

    ports = ", ".join(f"{other} (port {port})" for other, port in others.items())
    old = next(iter(others)) if len(others) == 1 else "ALIAS"
    moved = f"ssh-transport config.remove {alias} && ssh-transport config.update {old} {found.port or SSH_PORT}"
    report.say(as_typed(f"to the same host: {ports}; if this is such a box, made anew: {moved}"))


def say_of_block(ssh: SshFiles, change: AliasChange, found: Endpoint) -> None:
    """Say what the alias has from before: a host key, or other options than those that were pasted."""
    from ssh_transport.facts.alias import alias_facts
    from ssh_transport.openssh import config_file

    alias = change.alias
    facts = alias_facts(ssh, alias)
    if change.made and facts.host_keys and facts.pinned_as == alias.lower():
        known = f"warning: known_hosts has a key of `{facts.pinned_as}` already, and it is expected of this box"
        report.say(as_typed(f"{known}; if it is another's: ssh-transport config.forget {alias}"))
    options = config_file.blocks(ssh.config)[alias].options
    own = [key for key, value in found.options if options.get(key) not in {value, str(Path(value).expanduser())}]
    if found.identity and str(Path(found.identity).expanduser()) not in facts.identities:
        own.append("IdentityFile")
    if own:
        paste = f"ssh-transport config.update {alias} {shlex.quote(str(found))}"
        report.say(as_typed(f"{alias} stays without this {', '.join(own)}; to take what was pasted: {paste}"))
