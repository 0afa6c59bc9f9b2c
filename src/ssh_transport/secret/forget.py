"""Removes a secret from a box: overwrites it, removes it, and checks that it is gone."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.change import Change
from ssh_transport.errors import Guarded, Incomplete, TaskError
from ssh_transport.errors.commands import on_box, typed
from ssh_transport.terminal import report
from ssh_transport.text import count, one_line

from . import register
from .destination import Destination, default_destination
from .inventory import LIMIT_FILES, inventory
from .known import all_known, is_name, known
from .scripts import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.box import Box
    from ssh_transport.errors import BoxError

    from .inventory import StoredSecret

# $1 "look" or "remove", $2 how many lines the file may have, see `register.lines_of`. A link goes, and not its file. If
# the file has other entries, its old content is overwritten through a second hard link; a file that has one already is
# somebody else's too, and not overwritten. Temporary files of a killed push are removed as well. Prints "was" for what
# has to go, "link" and "names" for why what it holds stays, "stays" for what is not ours.
_FORGET = f"""{FUNCTIONS}
step=$1
seen "$path" || exit
if [ "$kind" = file ] && [ -L "$path" ] && [ ! -d "$path" ]; then
    echo was
    echo link
    [ "$step" = look ] || rm -f -- "$path"
    exit
fi
real=$(readlink -f -- "$path") || {{ [ ! -L "$path" ]; exit; }}
stem=${{real%/*}}/.${{real##*/}}.secret-
for left in "$stem"*; do
    [ -f "$left" ] || continue
    echo was
    [ "$step" = look ] || wipe "$left"
done
[ "$step" = look ] || rmdir -- "${{stem}}lock" 2>/dev/null
[ -f "$real" ] || exit 0
seen "$real" || exit
names=$(stat -c %h -- "$real") || exit
if [ "$kind" = file ]; then
    [ "$(lines "$real")" -le "$2" ] || {{ echo stays; exit 0; }}
    echo was
    [ "$names" = 1 ] || echo names
    [ "$step" != look ] || exit 0
    if [ "$names" = 1 ]; then wipe "$real"; else rm -f -- "$real"; fi
    [ ! -e "$real" ]
    exit
fi
[ -z "$(content rest "$real")" ] || echo stays
[ -n "$(content only "$real")" ] || exit 0
echo was
[ "$names" = 1 ] || echo names
[ "$step" != look ] || exit 0
new=$(mktemp "${{stem}}XXXXXXXX") && old=$(mktemp "${{stem}}XXXXXXXX") || exit
trap 'for left in "$new" "$old"; do [ ! -f "$left" ] || wipe "$left"; done' EXIT
trap 'exit 1' HUP INT TERM PIPE
merge "$real" "" "$new" || exit
[ "$names" != 1 ] || ln -f -- "$real" "$old" || exit
if [ -s "$new" ]; then mv -f -- "$new" "$real" || exit; else rm -f -- "$real"; fi
[ ! -e "$real" ] || [ -z "$(content only "$real")" ]
"""
# $1 token, then seven words for each place. One that fails holds up no other.
_EACH = f"""
token=$1
shift
while [ "$#" -gt 0 ]; do
    ( {_FORGET} ) 2>&1
    printf '%s %s\\n' "$token" "$?"
    shift 7
done
"""
_TOOLS = ("awk", "cat", "cut", "readlink", "sha256sum or shasum", "stat", "wc")
_AT_ONCE, _TIMEOUT_S = 50, 120


@dataclass(frozen=True)
class _Place:
    """One place of a secret, what the box said of it, and whether no other login of its entry was looked at later."""

    destination: Destination
    said: str
    failed: bool
    is_last: bool = True

    @property
    def words(self) -> frozenset[str]:
        return frozenset(() if self.failed else self.said.splitlines())

    def error(self, box: Box) -> BoxError | Guarded | None:
        """Return why it may still be there."""
        name, where = one_line(self.destination.name), one_line(str(self.destination))
        if self.failed:
            hint = f"check it: {on_box(box.name, f'ls -la {typed(self.destination.path)}')}"
            return Incomplete(f"`{name}` may still be in {where}", box=box.name, cause=self.said, hint=hint)
        if "stays" not in self.words or not self.is_last:
            return None
        cause = f"it is no secret that was pushed: no push of `{name}` has written what is in it"
        hint = f"if nobody needs it: ssh-transport -H {box.name} secrets.forget {name} --replace"
        return Guarded(f"{where} stays", box=box.name, cause=cause, hint=hint)


def forget(box: Box, name: str, *, replace: bool = False, dry_run: bool = False) -> Change:
    """
    Ensure that a secret is neither at its registered destinations on a box nor at its default one.

    Its bytes are overwritten first. Most disks write to another block, and an image saved before still has them: to
    make a token invalid, revoke it at its service.

    :param name: that of a secret, or of a machine in a netrc file or git's credentials, as `inventory` finds them.
    :param replace: remove also a file that is no secret of ours, and every login of a machine.
    :raises Guarded: something else is there, which stays.
    :raises Incomplete: it could not be removed.
    :raises ToolMissing: the box has not what it takes to see whether it is there.
    """
    registered = register.read(box)
    places = _gone(box, _named(name, registered), registered, replace=replace, dry_run=dry_run)
    _raise_if_any(box, places)
    found = [one_line(str(place.destination)) for place in places if "was" in place.words]
    if not found:
        # It may be the value that was typed.
        known(name)
    state = f"{one_line(name)} is not on the box"
    if dry_run:
        state = (
            f"dry run: {one_line(name)} is in {', '.join(found)}, and would be removed"
            if found
            else f"dry run: {state}"
        )
    return Change(state, made=bool(found))


def forget_all(box: Box, *, replace: bool = False, dry_run: bool = False) -> Change:
    """
    Ensure that none of the secrets that `inventory` finds is left on a box; what can go does so first.

    :raises Guarded: what is left is no secret that was pushed.
    :raises Incomplete: some could not be removed.
    """
    registered, made = register.read(box), dict[str, None]()
    is_more = True
    while is_more:
        stored = inventory(box)
        places = [place for one in stored for place in _found(one, registered)]
        gone = _gone(box, places, registered, replace=replace, dry_run=dry_run)
        new = [one_line(place.destination.name) for place in gone if "was" in place.words]
        made |= dict.fromkeys(new)
        is_more = bool(new) and not dry_run and len({one.path for one in stored}) >= LIMIT_FILES
    state = f"forgot {count(len(made), 'secret')}: {', '.join(made)}" if made else "no secret is left"
    state = f"dry run: {state}" if dry_run else state
    if made and any(place.error(box) for place in gone):
        report.say(f"{box.name}: {state}")
    _raise_if_any(box, gone)
    _warn_of_copies(box)
    return Change(state, made=bool(made))


def _named(name: str, registered: Iterable[Destination]) -> list[Destination]:
    """Return where a secret of this name may be; one that `known` does not know may be a machine's."""
    places = []
    if is_name(name):
        own = Destination(name, "file", f"~/.{name}_key")
        places = [*(one for one in registered if one.name == name), default_destination(name), own]
    if name not in all_known():
        places += [Destination(name, "netrc", "~/.netrc", name), Destination(name, "git", "~/.git-credentials", name)]
    return places


def _found(stored: StoredSecret, registered: Iterable[Destination]) -> list[Destination]:
    if not stored.entry:
        return _named(stored.name, registered)
    kind = "netrc" if stored.path == "~/.netrc" else "git"
    return [Destination(stored.name, kind, stored.path, stored.entry)]


def _gone(
    box: Box, places: Iterable[Destination], registered: Sequence[Destination], *, replace: bool, dry_run: bool
) -> list[_Place]:
    """Remove what is at these places, and is ours; tell what else stays of it."""
    step, token = "look" if dry_run else "remove", uuid4().hex
    every = {(one.kind, one.path, one.entry, one.login): one for one in places}
    destinations = sorted(every.values(), key=str)
    done: list[_Place] = []
    for first in range(0, len(destinations), _AT_ONCE):
        some = destinations[first : first + _AT_ONCE]
        words = [word for one in some for word in _words(one, step, registered, replace=replace)]
        output = shell.run(box, relying_on(_EACH, *_TOOLS), token, *words, timeout_s=_TIMEOUT_S).stdout
        said = re.findall(rf"(.*?){token} (\d+)\n", output, re.DOTALL)
        if len(said) != len(some):
            raise Incomplete(f"`{box.name}` did not answer to the end", box=box.name, hint="run it again")
        done += [_Place(one, text, code != "0") for one, (text, code) in zip(some, said, strict=True)]
    # Of several logins of one machine each takes the others for somebody's; the last one has seen what is left.
    last = {(one.destination.kind, one.destination.path, one.destination.entry): one for one in done}
    done = [one if one in last.values() else dataclasses.replace(one, is_last=False) for one in done]
    if not dry_run:
        _say_what_stays(box, done)
        kept = {place.destination.name for place in done if place.error(box)}
        register.remove(box, {one.name for one in destinations} - kept, registered)
    return done


def _words(one: Destination, step: str, registered: Sequence[Destination], *, replace: bool) -> Sequence[str]:
    one = dataclasses.replace(one, login="") if replace else one
    most = register.ANY_LINES if replace or one.kind != "file" else register.lines_of(one, registered)
    return *one.arguments, step, str(most)


def _say_what_stays(box: Box, places: Iterable[_Place]) -> None:
    for place in places:
        where = one_line(str(place.destination))
        if "link" in place.words:
            report.say(f"{box.name}: {where} was a link, and is removed; no file was that it leads to")
        if "names" in place.words:
            report.say(f"{box.name}: {where} has another name (a hard link): what it held is not overwritten")


def _raise_if_any(box: Box, places: Iterable[_Place]) -> None:
    """Raise one error for all that stays."""
    errors = [error for place in places if (error := place.error(box))]
    if len(errors) > 1:
        kind = Incomplete if any(isinstance(error, Incomplete) for error in errors) else Guarded
        hint = f"if nobody needs what is there: ssh-transport -H {box.name} secrets.forget NAME --replace"
        what = f"{count(len(errors), 'place')} of secrets could not be cleared"
        raise kind(what, box=box.name, cause="\n".join(map(_summed_up, errors)), hint=hint)
    for error in errors:
        raise error


def _summed_up(error: TaskError) -> str:
    return f"{error.what}: {error.cause.strip()}"


def _warn_of_copies(box: Box) -> None:
    profile, _ = box.platform
    if profile.secrets.captured_by:
        report.say(
            f"{box.name}: earlier copies still have the secrets: {profile.secrets.captured_by}; "
            "revoke those that must not be used any more at their service"
        )
