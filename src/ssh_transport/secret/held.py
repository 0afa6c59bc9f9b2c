"""Which secrets are on a box: names and places, never a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import shell
from ssh_transport.facts.exposures import Exposure, exposures
from ssh_transport.facts.place import answers, filesystem_of
from ssh_transport.facts.shared_disks import why_shared
from ssh_transport.text import one_line

from . import register, stanza
from .destination import Destination, usual
from .known import all_known, is_name
from .scripts import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.place import Filesystem

_DAY_S = 86400
_LIMIT_FILES = 200
# As `scripts` names its temporary files.
_LEFT = re.compile(r"(.*/)\.([^/]+)\.secret-\w+")
# $1 token, then paths; files that are called as ours are found anyhow, and what a push that was cut left beside them.
# Three lines for each: path, status, real path.
_LIST = f"""{PARTS}
token=$1 netrc=$2 git=$3
shift 3
answer() {{ printf '\\n%s %s\\n' "$token" "$1"; shift; "$@" 2>/dev/null; }}
line() {{ printf %s "$1" | tr '\\n' '?'; echo; }}
file() {{
    line "$1"
    stat -L -c '%a %U %Y %u' -- "$1"
    line "$(readlink -f -- "$1")"
}}
answer user id -u
answer now date +%s
answer mounts cut -d ' ' -f 2-4 /proc/mounts
number=0
show() {{
    [ -f "$1" ] && [ "$number" -lt {_LIMIT_FILES} ] || return 0
    number=$((number + 1))
    answer "file$number" file "$1"
}}
for found in "$@" ./.*_key ./..*_key.secret-*; do
    show "$found"
    for left in "${{found%/*}}/.${{found##*/}}.secret-"*; do show "$left"; done
done
kind=netrc program=$netrc
answer netrc part names ./.netrc
kind=git program=$git
answer git part names ./.git-credentials
answer end echo end
"""


@dataclass(frozen=True)
class Held:
    """
    A secret on a box.

    ``age_days`` is the time since its file was written, by the box's clock; ``filesystem`` its type as the kernel
    calls it, empty where it doesn't. ``warnings`` say what is wrong with its place.
    """

    name: str
    path: str
    entry: str
    mode: str
    owner: str
    age_days: int
    filesystem: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.path} ({self.entry})" if self.entry else self.path
        age = f"{self.age_days} d"
        return f"{self.name:16} {where:36} {self.mode} {self.owner:8} {age:>6}  {self.filesystem}"


@dataclass(frozen=True)
class Listing:
    """The secrets on a box, and where else on it values lie about."""

    held: tuple[Held, ...]
    exposures: tuple[Exposure, ...]

    def __str__(self) -> str:
        own = [f"warning: {held.name}: {warning}" for held in self.held for warning in held.warnings]
        places = [one_line(found.path) + (f":{found.line}" if found.line else "") for found in self.exposures]
        others = [f"warning: {place}: {found.kind}" for place, found in zip(places, self.exposures, strict=True)]
        return "\n".join([*map(str, self.held), *own, *others]) or "no secrets"


def listing(box: Box) -> Listing:
    """Look for secrets on a box: where they should be, and in histories, startup files and dumps of an environment."""
    return Listing(tuple(held(box)), exposures(box))


def held(box: Box) -> list[Held]:
    """Return the secrets that are in their places, by name."""
    places = [*map(usual, all_known()), *register.read(box)]
    token = uuid4().hex
    files = sorted({place.relative for place in places})
    text = shell.run(box, _LIST, "file", "", "", "", token, stanza.NETRC, stanza.GIT, *files, check=False).stdout
    said = answers(text, token)
    return sorted(_held(box, places, said), key=lambda one: (one.name, one.path))


def _held(box: Box, places: Sequence[Destination], said: Mapping[str, str]) -> Iterator[Held]:
    profile, _ = box.platform
    mounts = said.get("mounts", "").splitlines()
    numbers = {"now": said.get("now", ""), "user": said.get("user", "")}
    seen: set[str] = set()
    for number in range(1, _LIMIT_FILES + 1):
        lines = said.get(f"file{number}", "").split("\n")
        status = lines[1].split(" ") if len(lines) >= 3 else []  # noqa: PLR2004 - path, status, real path
        if len(status) != 4 or lines[0] in seen:  # noqa: PLR2004 - mode, owner, time, uid
            continue
        seen.add(lines[0])
        path = f"~/{lines[0][2:]}" if lines[0].startswith("./") else lines[0]
        filesystem = filesystem_of(lines[2], mounts)
        warnings = tuple(
            _warnings(path, status[0], status[3], numbers["user"], why_shared(profile, lines[2], filesystem))
        )
        for name, entry in _names(path, places, said):
            yield Held(
                name=name,
                path=one_line(path),
                entry=entry,
                mode=one_line(f"{status[0]:0>4}"),
                owner=one_line(status[1]),
                age_days=_days(numbers["now"], status[2]),
                filesystem=one_line(_kind(filesystem)),
                warnings=warnings,
            )


def _names(path: str, places: Sequence[Destination], said: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield the name and the entry of each secret in a file."""
    if left := _LEFT.fullmatch(path):
        target = left[1] + left[2]
        return [(next((place.name for place in places if place.path == target), _called(target)), "")]
    for file, kind in (("~/.netrc", "netrc"), ("~/.git-credentials", "git")):
        if path == file:
            entries = dict.fromkeys(one_line(entry) for entry in said.get(kind, "").splitlines())
            by_entry = {place.entry: place.name for place in places if place.kind == kind}
            return [(by_entry.get(entry, entry), entry) for entry in entries]
    named = [(place.name, "") for place in places if place.path == path]
    return named or ([(_called(path), "")] if is_name(_called(path)) else [])


def _called(path: str) -> str:
    return path.removeprefix("~/.").removesuffix("_key")


def _warnings(path: str, mode: str, owner: str, user: str, shared: str) -> Iterator[str]:
    if _LEFT.fullmatch(path):
        yield "a push that was cut left this: push it again, or forget it"
    if not mode.endswith("00"):
        yield f"others may read it (mode {one_line(mode)}): chmod 600"
    if owner != user:
        yield "it belongs to another user"
    if shared:
        yield shared


def _days(now: str, then: str) -> int:
    return max(0, int(now) - int(then)) // _DAY_S if now.isdigit() and then.isdigit() else 0


def _kind(filesystem: Filesystem | None) -> str:
    return filesystem.kind if filesystem else ""
