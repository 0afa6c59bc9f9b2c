"""The code on a box: what is kept of it beside it, and whether it is still as it was sent."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.stream import stream
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete, NoSuchPath
from ssh_transport.settings import TransferSettings
from ssh_transport.text import count, one_line
from ssh_transport.trees.box_files import box_files

from .listing import EXECUTABLE, LINK, PLAIN, Line, Listing, parsed
from .sent import Code, code_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.box import Box
    from ssh_transport.trees.box_files import BoxFiles

# The directory beside the code, and what is in it: what was sent, all of it by name, and names of earlier pushes.
PLACE = ".ssh-transport-code"
CODE, FILES, EARLIER = "code.json", "files", "earlier"
_LIMIT_BYTES = 64 << 20
# $1 directory, $2 what a push makes there that can't be run; then names in it. For each a line: `f`, or `x` where it
# can be run, or `u` where the file system does not tell, or `l`, and the hash of the content or of where the link
# leads; or nothing. The dot keeps newlines at the end of a link.
_NOW = relying_on(
    r"""
cd -- "$1" || exit
never=$2
shift 2
forbids() {
    here=$(pwd -P) best=
    while read -r _ at _ options _; do
        case $here/ in "${at%/}"/*) [ "${#at}" -lt "${#best}" ] || best=$at found=$options ;; esac
    done </proc/mounts
    case ,$found, in *,noexec,*) return 0 ;; *) return 1 ;; esac
}
plain=f runs=x
if [ -x "$never" ] || forbids 2>/dev/null; then plain=u runs=u; fi
hash() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
for path; do
    path=./$path
    if [ -L "$path" ]; then
        leads=$(readlink -- "$path" && echo .)
        printf 'l '
        printf %s "${leads%?.}" | hash
    elif [ -f "$path" ]; then
        if [ -x "$path" ]; then printf '%s ' "$runs"; else printf '%s ' "$plain"; fi
        hash <"$path" || echo
    else echo
    fi
done
""",
    "sha256sum or shasum",
)
_AT_ONCE, _WORDS_BYTES = 200, 50_000
_KINDS = {"f": {PLAIN}, "x": {EXECUTABLE}, "u": {PLAIN, EXECUTABLE}, "l": {LINK}}
_ANSWER = re.compile(r"(?P<kind>[fxul]) (?P<digest>[0-9a-f]{64})\b.*")
_LONGEST_ANSWER = 80
_NAMED = 3
# `mode`: its content is what was sent, and whether it can be run is not.
State = Literal["same", "mode", "changed", "gone"]
_MOST = 5
# $1 token, $2 directory, $3 the file that tells; a directory whose name has a newline in it is none.
_LOOK = rf"""
token=$1 found=0
newline='
'
tell() {{
    case $2 in *"$newline"*) return 0 ;; esac
    [ -f "$2/$3" ] && [ "$found" -lt {_MOST} ] || return 0
    found=$((found + 1))
    printf '%s %s %s\n' "$token" "$1" "$2"
}}
top=${{2%/}}
for below in "$top"/*; do tell below "$below" "$3"; done
while :; do
    case $top in */*) top=${{top%/*}} ;; *) break ;; esac
    tell above "$top" "$3"
done
:
"""


@dataclass(frozen=True)
class Kept:
    """What is kept on a box: which code was sent last, its names, and names of earlier pushes that are still there."""

    code: Code | None = None
    files: Listing = field(default_factory=Listing)
    earlier: Listing = field(default_factory=Listing)


@dataclass(frozen=True)
class Standing:
    """
    How the code on a box stands.

    ``directory`` is where it is. ``changed`` are names that are not as they were sent, or gone, ``modes`` those of
    which only that has changed whether they can be run; ``left`` counts files that earlier pushes sent and the last
    did not.
    """

    directory: str
    code: Code
    changed: tuple[str, ...]
    left: int
    modes: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Why it can't be said that the code on the box is what the commit says, in words."""
        said = [] if self.code.is_whole else ["a push was cut off"]
        for names, what in ((self.changed, "changed"), (self.modes, "made executable, or not so any more,")):
            named = ", ".join(map(one_line, names[:_NAMED])) + (", ..." if len(names) > _NAMED else "")
            said += [f"{count(len(names), 'file')} {what} on the box: {named}"] if names else []
        said += [f"{count(self.left, 'file')} of earlier code still there"] if self.left else []
        return tuple(said)


def kept_there(files: BoxFiles, directory: str, who: str) -> Kept:
    """
    Return what is kept in a directory on a box; nothing where no push of a checkout went there.

    :raises Incomplete: it can't be read.
    """
    place = posixpath.join(directory, PLACE)
    data = {name: _content(files, posixpath.join(place, name)) for name in (CODE, FILES, EARLIER)}
    return Kept(code_in(data[CODE], who) if data[CODE] else None, parsed(data[FILES], who), parsed(data[EARLIER], who))


def standing(box: Box, directory: str) -> Standing:
    """
    Read which code was sent to a directory on a box, or to the only one right below it that has any; and hash there
    whether it still is what is there.

    :raises NoSuchPath: no push of a checkout went there.
    :raises Incomplete: the box did not answer completely.
    """
    directory, kept = _kept_near(box, directory)
    if kept.code is None:
        raise AssertionError("what has no code is no place of it")
    states = compared(box, directory, kept.files.lines)
    changed = tuple(name for name, state in states.items() if state in {"changed", "gone"})
    modes = tuple(name for name, state in states.items() if state == "mode")
    # Somebody wrote into the list itself.
    is_list = kept.files.digest == kept.code.sha256 or not kept.code.is_whole
    changed = changed if is_list else (f"{PLACE}/{FILES}", *changed)
    return Standing(directory, kept.code, changed, len(kept.earlier.lines), modes)


def _kept_near(box: Box, directory: str) -> tuple[str, Kept]:
    with box_files(box) as files:
        kept = kept_there(files, directory, f"`{box.name}`")
        if kept.code is not None:
            return directory, kept
        around = nearby(box, directory, posixpath.join(PLACE, CODE))
        if around.meant and (found := kept_there(files, around.meant, f"`{box.name}`")).code is not None:
            return around.meant, found
    sending = "name the directory that it went to, or send it: transfer.push --git"
    places = [one_line(path.removeprefix("./")) for path in (*around.below, *around.above)]
    raise NoSuchPath(
        f"no code is known at `{one_line(directory.removeprefix('./'))}` on `{box.name}`",
        box=box.name,
        cause=f"there is some at {', '.join(places)}" if places else "no push with --git went there",
        hint=f"--code={shlex.quote(places[0])}" if places else sending,
    )


def compared(box: Box, directory: str, lines: Sequence[Line]) -> dict[str, State]:
    """
    Hash names in a directory on a box, and return whether each is there as it was sent.

    :raises Incomplete: the box did not answer completely.
    """
    found: dict[str, State] = {}
    start = 0
    while start < len(lines):
        end, words_bytes = start, 0
        while end < len(lines) and end - start < _AT_ONCE and words_bytes < _WORDS_BYTES:
            words_bytes += len(os.fsencode(lines[end].name))
            end += 1
        batch = lines[start:end]
        found |= {line.name: state for line, state in zip(batch, _states(box, directory, batch), strict=True)}
        start = end
    return found


def _states(box: Box, directory: str, lines: Sequence[Line]) -> Iterator[State]:
    silence_s = TransferSettings.of(box.c).silence_s
    said = bytearray()
    never = posixpath.join(PLACE, CODE)
    for piece in stream(box, _NOW, directory, never, *(line.name for line in lines), silence_s=silence_s):
        said += piece
        if len(said) > len(lines) * _LONGEST_ANSWER:
            break
    answers = said.decode("ascii", "replace").split("\n")[:-1]
    if len(answers) != len(lines):
        raise Incomplete(f"`{box.name}` did not hash all of its code", box=box.name, hint="run it again")
    for line, answer in zip(lines, answers, strict=True):
        match = _ANSWER.fullmatch(answer)
        if not match or match["digest"] != line.digest or (match["kind"] == "l") != (line.mode == LINK):
            yield "changed" if answer else "gone"
        else:
            yield "same" if line.mode in _KINDS[match["kind"]] else "mode"


def _content(files: BoxFiles, path: str) -> bytes:
    entry = files.look(path)
    return files.content(path, _LIMIT_BYTES) if entry is not None and entry.kind == "f" else b""


@dataclass(frozen=True)
class Nearby:
    """Directories that code was sent to: those right below the one that was named, and those that it is in."""

    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    @property
    def meant(self) -> str:
        """The one that can only be meant: a path without a slash behind it is put under the target of its push."""
        return self.below[0] if len(self.below) == 1 else ""


def nearby(box: Box, directory: str, mark: str) -> Nearby:
    """
    Look around a directory on a box.

    :param mark: the file in a directory that tells that code was sent to it.
    """
    token = uuid4().hex
    said = shell.run(box, _LOOK, token, directory, mark, check=False).stdout
    words = [line.split(" ", 2)[1:] for line in said.splitlines() if line.startswith(f"{token} ")]
    below, above = (tuple(path for which, path in words if which == kind) for kind in ("below", "above"))
    return Nearby(below, above)
