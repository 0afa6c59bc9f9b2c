"""Lists the secrets on a box: names and paths, never a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import together
from ssh_transport.box.together import Question
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.facts import login_files
from ssh_transport.facts.directory import answers, filesystem_of
from ssh_transport.facts.leaked_secrets import REQUESTS, LeakedSecret, leaked_secrets
from ssh_transport.facts.shared_disks import why_shared
from ssh_transport.terminal import report, table
from ssh_transport.text import one_line

from . import register, stanza
from .destination import Destination, default_destination
from .known import all_known, is_name
from .scripts import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.directory import Filesystem

_DAY_S = 86400
LIMIT_FILES = 200
# The names of the temporary files of `scripts`.
_TEMPORARY = re.compile(r"(.*/)\.([^/]+)\.secret-\w+")
# $1 token, then paths. Files with a name like ours, and temporary files of interrupted pushes, are found without being
# named. Prints three lines for each: path, status, real path; and the paths that can't be looked at.
_LIST = f"""{FUNCTIONS}
token=$1 netrc=$2 git=$3
shift 3
answer() {{ printf '\\n%s %s\\n' "$token" "$1"; shift; "$@" 2>/dev/null; }}
line() {{ printf %s "$1" | tr '\\n' '?'; echo; }}
file() {{
    line "$1"
    stat -L -c '%a %U %Y %u' -- "$1"
    line "$(readlink -f -- "$1")"
}}
register() {{ {register.SHOW}; }}
{{ answer register register && [ -r . ]; }} || {{ echo "the register, or the home, can't be read" >&2; exit 1; }}
answer user id -u
answer now date +%s
answer mounts cut -d ' ' -f 2-4 /proc/mounts
number=0 unseen=
show() {{
    seen "$1" 2>/dev/null || unseen="$unseen
$1"
    [ -f "$1" ] || return 0
    number=$((number + 1))
    [ "$number" -gt {LIMIT_FILES} ] || answer "file$number" file "$1"
}}
for found in "$@" ./.*_key ./..*_key.secret-*; do
    show "$found"
    for left in "${{found%/*}}/.${{found##*/}}.secret-"*; do show "$left"; done
done
kind=netrc program=$netrc
answer netrc content names ./.netrc
kind=git program=$git
answer git content names ./.git-credentials
answer unseen printf '%s\\n' "$unseen"
answer number echo "$number"
answer end echo end
"""
_HEADINGS = ("name", "where", "mode", "owner", "age", "filesystem")
_TOOLS = ("awk", "cat", "cut", "date", "head", "id", "readlink", "stat", "tr")


@dataclass(frozen=True)
class StoredSecret:
    """
    A secret on a box.

    ``age_days`` is the time since its file was written, by the box's clock; ``filesystem`` is the type of its
    filesystem, empty if unknown. ``warnings`` are reasons why others may see it.
    """

    name: str
    path: str
    entry: str
    mode: str
    owner: str
    age_days: int
    filesystem: str
    warnings: tuple[str, ...] = ()

    @property
    def row(self) -> tuple[str, ...]:
        """The cells under `_HEADINGS`."""
        where = f"{self.path} ({self.entry})" if self.entry else self.path
        return (self.name, where, self.mode, self.owner, f"{self.age_days} d", self.filesystem)


@dataclass(frozen=True)
class Listing:
    """
    The secrets on a box, and the files into which secrets have leaked.

    :ivar stored: each with its place, mode, owner and age in days; no value.
    :ivar leaked_secrets: files with what looks like one.

    >>> secrets.list_(c, on="proj-1").stored
    ()
    """

    stored: tuple[StoredSecret, ...]
    leaked_secrets: tuple[LeakedSecret, ...]

    def __str__(self) -> str:
        own = [f"warning: {stored.name}: {warning}" for stored in self.stored for warning in stored.warnings]
        leaked = [
            f"warning: {one_line(secret.path)}{f':{secret.line}' if secret.line else ''}: {secret.kind}"
            for secret in self.leaked_secrets
        ]
        stored = [table.text(_HEADINGS, [secret.row for secret in self.stored])] if self.stored else []
        return "\n".join([*stored, *own, *leaked]) or "no secrets"


def listing(box: Box) -> Listing:
    """List the secrets on a box, and those that leaked into histories, startup files and dumps of an environment."""
    ours, files = _asking(_usual()), login_files.asking(*REQUESTS)
    said, read = together.run(box, [ours, files], **login_files.limits(box))
    stored = _inventory(box, _answers(box, said, ours))
    return Listing(tuple(stored), leaked_secrets(box, login_files.parsed(box, read, files)))


def inventory(box: Box) -> list[StoredSecret]:
    """
    Return the secrets at default and registered destinations and in files named like ours, sorted by name.

    :raises Incomplete: the box did not answer to the end.
    :raises ToolMissing: it has not what the look needs.
    """
    return _inventory(box, _asked(box, _usual()))


def _usual() -> list[Destination]:
    return list(map(default_destination, all_known()))


def _inventory(box: Box, output: Mapping[str, str]) -> list[StoredSecret]:
    """Return the secrets by what the box said of the usual destinations; ask again where it names others."""
    usual = _usual()
    destinations = list(dict.fromkeys([*usual, *register.parsed(output.get("register", ""))]))
    if {one.relative for one in destinations} > {one.relative for one in usual}:
        output = _asked(box, destinations)
    if int(output.get("number") or 0) > LIMIT_FILES:
        report.say(f"{box.name}: it has more than {LIMIT_FILES} files of secrets; no more are listed")
    stored = [*_stored(box, destinations, output), *_unseen(destinations, output)]
    return sorted({(one.name, one.path, one.entry): one for one in stored}.values(), key=_by_name)


def _asked(box: Box, destinations: Iterable[Destination]) -> Mapping[str, str]:
    (said,) = together.run(box, [question := _asking(destinations)], **login_files.limits(box))
    return _answers(box, said, question)


def _asking(destinations: Iterable[Destination]) -> Question:
    files = sorted({one.relative for one in destinations})
    words = ["file", "", "", "", "", uuid4().hex, stanza.NETRC, stanza.GIT, *files]
    return Question(relying_on(_LIST, *_TOOLS), words)


def _answers(box: Box, said: bytes, question: Question) -> Mapping[str, str]:
    output = answers(said.decode("utf-8", "surrogateescape"), question.words[5])
    if "end" not in output:
        raise Incomplete(f"`{box.name}` did not list its secrets to the end", box=box.name, hint="run it again")
    return output


def _stored(box: Box, destinations: Sequence[Destination], output: Mapping[str, str]) -> Iterator[StoredSecret]:
    profile, _ = box.platform
    mounts = output.get("mounts", "").splitlines()
    numbers = {"now": output.get("now", ""), "user": output.get("user", "")}
    seen: set[str] = set()
    for number in range(1, LIMIT_FILES + 1):
        lines = output.get(f"file{number}", "").split("\n")
        status = lines[1].split(" ") if len(lines) >= 3 else []  # noqa: PLR2004 - path, status, real path
        if len(status) != 4 or lines[0] in seen:  # noqa: PLR2004 - mode, owner, time, uid
            continue
        seen.add(lines[0])
        path = _at_home(lines[0])
        filesystem = filesystem_of(lines[2], mounts)
        warnings = tuple(
            _warnings(path, status[0], status[3], numbers["user"], why_shared(profile, lines[2], filesystem))
        )
        for name, entry in _names(path, destinations, output):
            yield StoredSecret(
                name=name,
                path=one_line(path),
                entry=entry,
                mode=one_line(f"{status[0]:0>4}"),
                owner=one_line(status[1]),
                age_days=_days(numbers["now"], status[2]),
                filesystem=one_line(_kind(filesystem)),
                warnings=warnings,
            )


def _unseen(destinations: Sequence[Destination], output: Mapping[str, str]) -> Iterator[StoredSecret]:
    """Return the secrets that may be where nobody can look."""
    hidden = set(map(_at_home, output.get("unseen", "").splitlines()))
    why = ("it can't be read: whether it is there is not known",)
    for one in destinations:
        if one.path in hidden:
            yield StoredSecret(one.name, one.path, one.entry, "?", "?", 0, "", why)


def _at_home(path: str) -> str:
    return f"~/{path[2:]}" if path.startswith("./") else path


def _by_name(one: StoredSecret) -> tuple[str, str]:
    return one.name, one.path


def _names(path: str, destinations: Sequence[Destination], output: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield the name and the entry of each secret in a file."""
    if temporary := _TEMPORARY.fullmatch(path):
        target = temporary[1] + temporary[2]
        return [(next((one.name for one in destinations if one.path == target), _name_of(target)), "")]
    for file, kind in (("~/.netrc", "netrc"), ("~/.git-credentials", "git")):
        if path == file:
            entries = dict.fromkeys(output.get(kind, "").splitlines())
            by_entry = {one.entry: one.name for one in destinations if one.kind == kind}
            return [(by_entry.get(entry, entry), entry) for entry in entries]
    named = [(one.name, "") for one in destinations if one.path == path]
    return named or ([(_name_of(path), "")] if is_name(_name_of(path)) else [])


def _name_of(path: str) -> str:
    """Return NAME for ``~/.NAME_key``."""
    return path.removeprefix("~/.").removesuffix("_key")


def _warnings(path: str, mode: str, owner: str, user: str, shared: str) -> Iterator[str]:
    if _TEMPORARY.fullmatch(path):
        yield "it is left over from an interrupted push: push it again, or forget it"
    if not mode.endswith("00"):
        yield f"others may read it (mode {one_line(mode)}): chmod 600"
    if owner != user:
        yield "it belongs to another user"
    if shared:
        yield shared


def _days(now: str, then: str) -> int:
    return max(0, int(now) - int(then)) // _DAY_S if now.isdecimal() and then.isdecimal() else 0


def _kind(filesystem: Filesystem | None) -> str:
    return filesystem.kind if filesystem else ""
