"""Tasks for SSH keys: generate, push, check, list and revoke."""

from __future__ import annotations

import dataclasses
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Collection

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.settings import SshKeySettings
from ssh_transport.terminal import prompt, report
from ssh_transport.terminal.task import task

from ._how import JSON, ON

if TYPE_CHECKING:
    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.change import Change

_OF_BOXES = {"on": ON, "json": JSON}


@task(
    help={
        "path": "Private key file (default: the setting ssh_keys.identity)",
        "comment": "Comment of the public key (default: user@host)",
        "passphrase": "Ask for a passphrase",
        "json": JSON,
    }
)
def generate(c: Context, path: str = "", comment: str = "", passphrase: bool = False, json: bool = False) -> Change:
    """Make an ed25519 key pair, unless the key exists."""
    import platform

    from ssh_transport.operations.key_pair import ensure_key_pair

    target = Path(path or SshKeySettings.of(c).identity).expanduser()
    owner = comment or f"{getpass.getuser()}@{platform.node()}"
    ask = prompt.new_passphrase if passphrase else str
    change = ensure_key_pair(target, comment=owner, passphrase=ask)
    report.result(change, as_json=json)
    return change


@task(
    help={
        "on": ON,
        "identity": "Key to push (default: the alias's own, else ssh_keys.identity)",
        "json": JSON,
    }
)
def push(c: Context, on: str = "", identity: str = "", json: bool = False) -> Any:
    """Add a public key to authorized_keys on the box; asks its password once."""
    from ssh_transport.openssh.public_key import public_key
    from ssh_transport.operations.authorize import authorize_key

    def act(box: Box) -> Change:
        box.require("exec")
        key = public_key(_identity(c, box, identity))
        return authorize_key(box, key, ask_password=prompt.password)

    # Passwords that are sent come a line for each box, in the order of the boxes.
    return fleet.each(boxes(c, on), act, as_json=json, in_turn=not prompt.has_terminal())


@task(only_reads=True, help={"on": ON, "json": JSON})
def check(c: Context, on: str = "", json: bool = False) -> Any:
    """Log in with a key, never with a password, and report the result."""
    from ssh_transport.operations.authorize import check_login

    return fleet.each(boxes(c, on), check_login, as_json=json)


@task(only_reads=True, name="list", needs=("ssh_transport.facts.logins",), help=_OF_BOXES)
def list_(c: Context, on: str = "", json: bool = False) -> Any:
    """List the keys that may log in, which are yours, which is in use."""
    from ssh_transport.facts.logins import authorized

    return fleet.each(boxes(c, on), authorized, as_json=json)


@task(
    positional=["key"],
    help={
        "key": "Fingerprint (SHA256:...) or whole comment, as keys.list shows them",
        "including_mine": "Even the key that this login uses",
        "dry_run": "Show what would be removed; write nothing",
        **_OF_BOXES,
    },
)
def revoke(
    c: Context, key: str, on: str = "", including_mine: bool = False, dry_run: bool = False, json: bool = False
) -> Any:
    """Remove a key from authorized_keys on the box, and verify it."""
    from ssh_transport.operations.revoke import revoke_key

    def act(box: Box) -> Change:
        return revoke_key(box, key, including_mine=including_mine, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)


def _identity(c: Context, box: Box, named: str) -> Path:
    """Return the named key, else the first of the alias that has a public half, or is there, else the setting's."""
    if named:
        return Path(named).expanduser()
    identities = box.resolved.identities
    # The private half may be in an agent, or in a token.
    public = [path for path in identities if (path if path.suffix == ".pub" else Path(f"{path}.pub")).is_file()]
    private = [path for path in identities if path.is_file()]
    return next(iter((*public, *private)), Path(SshKeySettings.of(c).identity).expanduser())


ns = Collection("keys", generate, push, check, list_, revoke)
ns.configure({SshKeySettings.section: dataclasses.asdict(SshKeySettings())})
