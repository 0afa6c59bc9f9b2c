"""Removes a secret from a box: overwrites it, removes it, and checks that it is gone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete
from ssh_transport.terminal import report
from ssh_transport.text import count, one_line

from . import register
from .destination import Destination, default_destination
from .inventory import inventory
from .scripts import FUNCTIONS

if TYPE_CHECKING:
    from ssh_transport.box import Box

# If the file has other entries, its old content is overwritten through a second hard link. Temporary files of a killed
# push are removed as well. Prints "was" for each file or entry that had to be removed.
_FORGET = f"""{FUNCTIONS}
real=$(readlink -f -- "$path") || exit 0
stem=${{real%/*}}/.${{real##*/}}.secret-
for left in "$stem"*; do [ ! -f "$left" ] || {{ wipe "$left"; echo was; }}; done
[ "$1" = look ] || rmdir -- "${{stem}}lock" 2>/dev/null
[ -f "$real" ] || exit 0
if [ "$kind" = file ]; then
    [ "$1" = look ] || wipe "$real"
    [ ! -L "$path" ] || [ "$1" = look ] || rm -f -- "$path"
    echo was
    [ "$1" = look ] || [ ! -e "$real" ] || exit 1
    exit 0
fi
[ -n "$(content only "$real")" ] || exit 0
echo was
[ "$1" != look ] || exit 0
new=$(mktemp "${{stem}}XXXXXXXX") && old=$(mktemp "${{stem}}XXXXXXXX") || exit
trap 'for left in "$new" "$old"; do [ ! -f "$left" ] || wipe "$left"; done' EXIT
trap 'exit 1' HUP INT TERM PIPE
merge "$real" "" "$new" && ln -f -- "$real" "$old" || exit
if [ -s "$new" ]; then mv -f -- "$new" "$real" || exit; else rm -f -- "$real"; fi
[ ! -e "$real" ] || [ -z "$(content only "$real")" ]
"""
_TOOLS = ("awk", "cat", "cut", "readlink", "sha256sum or shasum", "wc")


def forget(box: Box, name: str, *, dry_run: bool = False) -> Change:
    """
    Ensure that a secret is neither at its registered destinations on a box nor at its default one.

    Its bytes are overwritten first. Most disks write to another block, and an image saved before still has them: to
    make a token invalid, revoke it at its service.

    :raises Incomplete: it could not be removed.
    :raises ToolMissing: the box has not what it takes to see whether it is there.
    """
    destinations = {*register.destinations_of(box, name), default_destination(name)}
    return _forget(box, name, destinations, dry_run=dry_run)


def forget_all(box: Box, *, dry_run: bool = False) -> Change:
    """Ensure that none of the secrets that `inventory` finds is left on a box."""
    registered = register.read(box)
    made = []
    for stored in inventory(box):
        kind = {"~/.netrc": "netrc", "~/.git-credentials": "git"}.get(stored.path, "file")
        destinations = {Destination(stored.name, kind, stored.path, stored.entry), default_destination(stored.name)}
        destinations |= {one for one in registered if one.name == stored.name}
        if _forget(box, stored.name, destinations, dry_run=dry_run).made:
            made.append(stored.name)
    _warn_of_copies(box)
    state = f"forgot {count(len(made), 'secret')}: {', '.join(made)}" if made else "no secret is left"
    return Change(f"dry run: {state}" if dry_run else state, made=bool(made))


def _forget(box: Box, name: str, destinations: set[Destination], *, dry_run: bool) -> Change:
    made = False
    for destination in sorted(destinations, key=str):
        step = "look" if dry_run else "remove"
        done = shell.run(box, relying_on(_FORGET, *_TOOLS), *destination.arguments, step, check=False)
        if done.exit_code:
            hint = f"check it: ssh {shlex.quote(box.name)} ls -la {destination.path}"
            what = f"`{name}` may still be in {one_line(str(destination))}"
            raise Incomplete(what, box=box.name, cause=done.stderr, hint=hint)
        made = made or "was" in done.stdout
    if not dry_run:
        register.remove(box, name)
    state = f"{name} is not on the box"
    return Change(f"dry run: {state}" if dry_run else state, made=made)


def _warn_of_copies(box: Box) -> None:
    profile, _ = box.platform
    if profile.secrets.captured_by:
        report.say(
            f"{box.name}: earlier copies still have the secrets: {profile.secrets.captured_by}; "
            "revoke those that must not be used any more at their service"
        )
