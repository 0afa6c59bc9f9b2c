"""What is on a box that was never received: in the home and on the scratch disk, less what is known to be elsewhere."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import shell
from ssh_transport.errors import Incomplete
from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

_KB = 1024
_LIMIT = 1000
_TIMEOUT_S = 600
# $1 token, $2 and $3 how many of the rest are covered, and skipped; then those, then the directories to look at.
# What is covered is left out, what holds something covered is opened, anything else is named with its size. Hidden
# names in the home are programs' settings. A link counts as what it leads to, unless that is looked at anyhow.
_LEFT = r"""
token=$1 covered=$2 skipped=$3
shift 3
LC_ALL=C
export LC_ALL
cd -- "$HOME" || exit
newline='
'
resolved() { readlink -f -- "$1" || printf '%s\n' "$1"; }
within() {
    rest=$2
    while [ -n "$rest" ]; do
        one=${rest%%"$newline"*}
        rest=${rest#*"$newline"}
        case $1/ in "${one%/}"/*) return 0 ;; esac
    done
    return 1
}
# Hidden names in the home are looked at by nobody.
watched() {
    case $1 in "$home"/.*) return 1 ;; esac
    within "$1" "$places"
}
leads_out() {
    find "$1" -type l -exec readlink -f -- {} \; 2>/dev/null | {
        while IFS= read -r target; do
            [ ! -e "$target" ] || watched "$target" || within "$target" "$known$skip" || exit 0
        done
        exit 1
    }
}
home=$(pwd -P)
number=0
known= skip= places=
while [ "$number" -lt "$((covered + skipped))" ]; do
    number=$((number + 1))
    real=$(resolved "$1")
    shift
    case $real in *"$newline"*) continue ;; esac
    if [ "$number" -le "$covered" ]; then known=$known$real$newline; else skip=$skip$real$newline; fi
done
for place; do places=$places$(resolved "$place")$newline; done
tell() {
    told=$((told + 1))
    [ "$told" -le LIMIT ] || return 0
    files=$(find "$1" -type f 2>/dev/null | wc -l)
    # What can't be looked into is not empty.
    [ -z "$(find "$1" -type f 2>&1 >/dev/null | head -c 1)" ] || files=unknown
    [ "$files" != 0 ] || ! leads_out "$1" || files=unknown
    printf '%s %s %s %s\n' "$token" "$(du -skx -- "$1" 2>/dev/null | head -n 1 | cut -f 1)" "$files" \
        "$(printf %s "$1" | tr '\n' '?')"
}
look() {
    [ -r "$1" ] && [ -x "$1" ] || {
        tell "$1"
        return 0
    }
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ -e "$entry" ] || continue
        [ "$1" != "$home" ] || case ${entry##*/} in .*) continue ;; esac
        if [ -L "$entry" ]; then
            entry=$(resolved "$entry")
            watched "$entry" && continue
        fi
        within "$entry" "$known$skip" && continue
        case $newline$places in *"$newline$entry$newline"*) continue ;; esac
        case $newline$known in
            *"$newline${entry%/}/"*) look "${entry%/}" ;;
            *) tell "$entry" ;;
        esac
    done
}
told=0
for directory; do
    directory=$(resolved "$directory")
    [ ! -d "$directory" ] || within "$directory" "$known$skip" || look "${directory%/}"
done
printf '%s end %s\n' "$token" "$told"
""".replace("LIMIT", str(_LIMIT))


@dataclass(frozen=True)
class Left:
    """Something on a box that nothing proves to be elsewhere."""

    path: str
    files: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.path}: {count(self.files, 'file')}, {size(self.bytes)}"


def left_on(box: Box, covered: Sequence[str], abandoned: Sequence[str] = ()) -> list[Left]:
    """
    Return what is in the home (but hidden names) and on the scratch disk, and neither covered nor abandoned.

    What outlives the box by its profile is not looked at, nor what is empty.

    :param covered: paths on the box, absolute or from the home, that were proved to be here.
    :param abandoned: patterns for whole paths or their last names: what may be lost.
    :raises Incomplete: the box did not answer to the end.
    """
    profile, _ = box.platform
    token = uuid4().hex
    mounts = [path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases)]
    skipped = [path for path in (profile.directories.durable, *mounts) if path]
    places = [path for path in ("./", profile.directories.scratch) if path]
    # The script's lists have a line for each path; what is left out of them is told as left.
    proved = [path.rstrip("/") or "/" for path in covered if "\n" not in path]
    words = [str(len(proved)), str(len(skipped)), *proved, *skipped, *places]
    text = shell.run(box, _LEFT, token, *words, check=False, timeout_s=_TIMEOUT_S).stdout
    lines = [line.removeprefix(f"{token} ") for line in text.splitlines() if line.startswith(f"{token} ")]
    said, _, told = (lines.pop() if lines else "").partition(" ")
    if said != "end":
        raise Incomplete(f"`{box.name}` did not tell all that is on it", box=box.name, hint="run it again")
    if told != str(len(lines)):
        hint = "pull what holds them as a whole, with --verify"
        raise Incomplete(f"there are more than {_LIMIT:,} things in one place", box=box.name, hint=hint)
    found = [_left(line) for line in dict.fromkeys(lines)]
    return [one for one in found if one.files and not is_abandoned(one.path, abandoned)]


def is_abandoned(path: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern means a path on the box or its last name; ``~/`` and ``./`` are a home, whichever."""
    wanted = [re.sub(r"^(?:~|\.)/", "*/", pattern).rstrip("/") for pattern in patterns]
    names = (path, path.rpartition("/")[2])
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in wanted)


def _left(line: str) -> Left:
    kilobytes, files, path = [*line.split(" ", 2), "", ""][:3]
    return Left(
        one_line(path), int(files) if files.isdigit() else 1, int(kilobytes) * _KB if kilobytes.isdigit() else 0
    )
