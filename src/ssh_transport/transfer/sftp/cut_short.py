"""
Listings that ended before their end.

sftp-server takes a `readdir` that fails for the end of a directory, so a disk error looks like fewer files. Where the
box runs commands, its shell counts the names in every directory as well.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ssh_transport.box.stream import stream
from ssh_transport.errors import BoxError, EndpointTooWeak
from ssh_transport.settings import TransferSettings
from ssh_transport.text import are, count, one_line

from .differences import at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssh_transport.request.end import End
    from ssh_transport.trees.tree import Tree

# For every directory how many names are in it, and the directory; at the end what `find` complained of, in lines.
_COUNT = r"""
LC_ALL=C
count='
for directory; do
    number=0
    for path in "$directory"/* "$directory"/.[!.]* "$directory"/..?*; do
        if [ -e "$path" ] || [ -L "$path" ]; then number=$((number + 1)); fi
    done
    printf "%s\0%s\0" "$number" "$directory"
done
'
export LC_ALL
cd -- "$1" || exit
exec 3>&1
said=$(find $2 . -type d -exec sh -c "$count" sh {} + 2>&1 >&3 | head -n 100)
printf 'end\0%s\0' "$said"
"""
_MOST_BYTES = 1 << 14
_COMPLAINT = re.compile(r"find: ['\"]?\./(?P<path>.*?)['\"]?: (?P<why>[^:]*)")
_VANISHED = "No such file or directory"


def cut_short(end: End, tree: Tree, origin: str, listed: Mapping[str, int], *, follow: bool) -> list[str]:
    """
    Return the directories that were not listed whole, each with the reason.

    A directory that changes is listed again before it is named. Where the box runs no commands, nothing can be said.

    :param origin: the directory at which all of it was listed.
    :param listed: how many names were listed in each directory, by name relative to `origin`.
    """
    if end.box is None or not listed:
        return []
    try:
        silence_s = TransferSettings.of(end.box.c).silence_s
        counts, complaints = _read(stream(end.box, _COUNT, origin, "-L" if follow else "-P", silence_s=silence_s))
    except (BoxError, EndpointTooWeak):
        return []
    failures = [f"{name}: {why}" for name, why in complaints.items() if name in listed]
    for name, number in listed.items():
        if name not in complaints and (there := counts.get(name, 0)) > number:
            again = len(tree.names(at(origin, name)))
            if again < there:
                failures.append(f"{one_line(name) or '.'}: {again:,} of {count(there, 'name')} {are(there)} listed")
    return failures


def _read(chunks: Iterable[bytes]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the counts and the complaints, by the names of directories; nothing of a box that breaks the form."""
    counts: dict[str, int] = {}
    complaints: dict[str, str] = {}
    fields = _fields(chunks)
    for number, path in zip(fields, fields, strict=False):
        name = os.fsdecode(path)
        if number == b"end":
            found = (_COMPLAINT.fullmatch(line) for line in name.splitlines())
            complaints = {match["path"]: match["why"] for match in found if match and match["why"] != _VANISHED}
        elif number.isdigit() and len(number) < 10:  # noqa: PLR2004 - more than any directory holds
            counts[name.removeprefix("./") if name != "." else ""] = int(number)
    return counts, complaints


def _fields(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        # What is longer is no path; the end of it is awaited, not kept.
        rest = rest[-_MOST_BYTES:]
