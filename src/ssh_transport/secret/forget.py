"""A secret taken off a box: overwritten, removed, and looked for again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ssh_transport import report, shell
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete
from ssh_transport.text import count, one_line

from . import register
from .destination import Destination, usual
from .held import held
from .scripts import PARTS

if TYPE_CHECKING:
    from ssh_transport.box import Box

# The old content of a file with other entries is overwritten through a second name of it. What a killed push left is
# looked for as well. Says "was" for each thing that had to be removed.
_FORGET = f"""{PARTS}
real=$(readlink -f -- "$path") || exit 0
stem=${{real%/*}}/.${{real##*/}}.secret-
for left in "$stem"*; do [ ! -f "$left" ] || {{ wipe "$left"; echo was; }}; done
[ -f "$real" ] || exit 0
if [ "$kind" = file ]; then
    [ "$1" = look ] || wipe "$real"
    [ ! -L "$path" ] || [ "$1" = look ] || rm -f -- "$path"
    echo was
    [ "$1" = look ] || [ ! -e "$real" ] || exit 1
    exit 0
fi
[ -n "$(part only "$real")" ] || exit 0
echo was
[ "$1" != look ] || exit 0
new=$(mktemp "${{stem}}XXXXXXXX") && old=$(mktemp "${{stem}}XXXXXXXX") || exit
trap 'for left in "$new" "$old"; do [ ! -f "$left" ] || wipe "$left"; done' EXIT
trap 'exit 1' HUP INT TERM PIPE
merge "$real" "" "$new" && ln -f -- "$real" "$old" || exit
if [ -s "$new" ]; then mv -f -- "$new" "$real" || exit; else rm -f -- "$real"; fi
[ ! -e "$real" ] || [ -z "$(part only "$real")" ]
"""


def forget(box: Box, name: str, *, dry_run: bool = False) -> Change:
    """
    Ensure that a secret is nowhere on a box where we would put it: where it is registered, and where it usually is.

    Its bytes are overwritten first. A disk that writes elsewhere (most do), and an image saved before, still have
    them: a token that must be dead is revoked where it was made.

    :raises Incomplete: it is still there.
    """
    return _forget(box, name, {*register.places_of(box, name), usual(name)}, dry_run=dry_run)


def forget_all(box: Box, *, dry_run: bool = False) -> Change:
    """Ensure that none of the secrets that `held` finds is left on a box."""
    places = register.read(box)
    made = []
    for found in held(box):
        kind = {"~/.netrc": "netrc", "~/.git-credentials": "git"}.get(found.path, "file")
        there = {Destination(found.name, kind, found.path, found.entry), usual(found.name)}
        there |= {place for place in places if place.name == found.name}
        if _forget(box, found.name, there, dry_run=dry_run).made:
            made.append(found.name)
    _warn_of_copies(box)
    state = f"forgot {count(len(made), 'secret')}: {', '.join(made)}" if made else "no secret is left"
    return Change(f"dry run: {state}" if dry_run else state, made=bool(made))


def _forget(box: Box, name: str, places: set[Destination], *, dry_run: bool) -> Change:
    made = False
    for place in sorted(places, key=str):
        step = "look" if dry_run else "remove"
        done = shell.run(box, _FORGET, *place.words, step, check=False)
        if done.exit_code:
            hint = f"look at it: ssh {shlex.quote(box.name)} ls -la {place.path}"
            what = f"`{name}` may still be in {one_line(str(place))}"
            raise Incomplete(what, box=box.name, cause=done.stderr, hint=hint)
        made = made or "was" in done.stdout
    if not dry_run:
        register.strike(box, name)
    state = f"{name} is not on the box"
    return Change(f"dry run: {state}" if dry_run else state, made=made)


def _warn_of_copies(box: Box) -> None:
    profile, _ = box.platform
    if profile.secrets.captured_by:
        report.say(
            f"{box.name}: what was copied before is not undone: {profile.secrets.captured_by}; "
            "revoke what must be dead where it was made"
        )
