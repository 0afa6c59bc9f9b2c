"""What a person gives up on a box: paths and patterns as the box's own shell would read them in the home, and names."""

from __future__ import annotations

import fnmatch
import posixpath
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

# $1 token, $2 the number of patterns; then the patterns, then paths that are no patterns. What exists by that very name
# is no pattern either, so that a path can be given as it was printed. A newline is printed as `?`.
_RESOLVE = r"""
token=$1 patterns=$2
shift 2
LC_ALL=C
export LC_ALL
cd -- "${HOME:-/}" || exit
home=$(pwd -P)
IFS=
number=0
# Of a path that is not there, the directory at most has links.
real() { readlink -f -- "$1" || printf '%s\n' "$1"; }
tell() {
    for path; do
        path=$(real "$path")
        printf '%s %s %s\n' "$token" "$number" "$(printf %s "$path" | tr '\n' '?')"
    done
}
absolute() {
    case $1 in
        "~") path=$home ;;
        "~/"*) path=$home/${1#"~/"} ;;
        /*) path=$1 ;;
        *) path=$home/${1#./} ;;
    esac
}
for word; do
    absolute "$word"
    if [ "$number" -ge "$patterns" ] || [ -e "$path" ] || [ -L "$path" ]; then
        tell "$path"
    else
        set -- $path
        tell "$@"
    fi
    number=$((number + 1))
done
printf '%s end\n' "$token"
"""


@dataclass(frozen=True)
class Abandoned:
    """What may be lost: ``paths`` on the box with all below them, links resolved, and patterns for last names."""

    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __contains__(self, path: str) -> bool:
        """Whether a resolved path may be lost."""
        name = posixpath.basename(path)
        return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in self.paths) or any(
            fnmatch.fnmatchcase(name, pattern) for pattern in self.names
        )


def resolved(box: Box, words: Sequence[str], paths: Sequence[str]) -> tuple[Abandoned, list[str]]:
    """
    Return what words give up on a box, and paths of the box with their links resolved.

    :param words: a path or pattern with a slash, or ``~``, is one of the box, as its shell reads it in the home; any
        other word is a pattern for last names.
    :raises Incomplete: the box did not answer completely.
    """
    patterns = [word for word in words if "/" in word or word == "~"]
    names = tuple(word for word in words if word not in patterns)
    if not patterns and not paths:
        return Abandoned((), names), []
    token = uuid4().hex
    script = relying_on(_RESOLVE, "readlink", "tr")
    said = shell.run(box, script, token, str(len(patterns)), *patterns, *paths, check=False).stdout
    lines = [line.removeprefix(f"{token} ") for line in said.splitlines() if line.startswith(f"{token} ")]
    if not lines or lines.pop() != "end":
        raise Incomplete(f"`{box.name}` did not resolve what may be lost", box=box.name, hint="run it again")
    found: dict[int, list[str]] = {}
    for line in lines:
        number, _, path = line.partition(" ")
        found.setdefault(int(number) if number.isdecimal() else -1, []).append(path)
    given = [path for number in range(len(patterns)) for path in found.get(number, [])]
    real = [found.get(number, [path])[0] for number, path in enumerate(paths, len(patterns))]
    return Abandoned(tuple(given), names), real


def as_typed(path: str) -> str:
    """Return a path of a box as a word for a shell, also where it has characters that no terminal should get."""
    if one_line(path) == path:
        return shlex.quote(path)
    escaped = path.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{one_line(escaped)}'"
