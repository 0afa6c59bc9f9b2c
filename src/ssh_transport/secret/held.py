"""Which secrets are on a box: names and places, never a value."""

from __future__ import annotations

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
    from collections.abc import Iterable, Iterator, Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.place import Filesystem

_DAY_S = 86400
_LIMIT_FILES = 200
# $1 token, then paths; files that are called as ours are found anyhow. Three lines for each: path, status, real path.
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
for found in "$@" ./.*_key; do
    [ -f "$found" ] && [ "$number" -lt {_LIMIT_FILES} ] || continue
    number=$((number + 1))
    answer "file$number" file "$found"
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
    places = {**{name: usual(name) for name in all_known()}, **register.read(box)}
    token = uuid4().hex
    files = sorted({place.relative for place in places.values()})
    text = shell.run(box, _LIST, "file", "", "", "", token, stanza.NETRC, stanza.GIT, *files, check=False).stdout
    said = answers(text, token)
    return sorted(_held(box, places, said), key=lambda one: (one.name, one.path))


def _held(box: Box, places: Mapping[str, Destination], said: Mapping[str, str]) -> Iterator[Held]:
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
        warnings = tuple(_warnings(status[0], status[3], numbers["user"], why_shared(profile, lines[2], filesystem)))
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


def _names(path: str, places: Mapping[str, Destination], said: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield the name and the entry of each secret in a file."""
    for file, kind in (("~/.netrc", "netrc"), ("~/.git-credentials", "git")):
        if path == file:
            entries = dict.fromkeys(one_line(entry) for entry in said.get(kind, "").splitlines())
            by_entry = {place.entry: name for name, place in places.items() if place.kind == kind}
            return [(by_entry.get(entry, entry), entry) for entry in entries]
    named = [(name, "") for name, place in places.items() if place.path == path]
    called = path.removeprefix("~/.").removesuffix("_key")
    return named or ([(called, "")] if is_name(called) else [])


def _warnings(mode: str, owner: str, user: str, shared: str) -> Iterator[str]:
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
