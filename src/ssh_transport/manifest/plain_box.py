"""Lists a box without Python: `find` and `sha256sum` make the same records, which are sorted here."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.temporary import PrivateDirectory

from .records import ROOT, Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ssh_transport.request.patterns import Excluded

ALGORITHM = "sha256"

_TOOLS = ("find", "readlink", "sha256sum", "stat", "xargs")
HAS_TOOLS = relying_on(":", *_TOOLS)
# It only needs tools that busybox has: find -exec +, xargs -0 -P, stat -c, readlink, sha256sum. Each record is written
# by one call, so that those of several processes do not mix; a record longer than PIPE_BUF may mix, and is then refused
# as invalid. In a format of `printf`, `\0000` is a NUL that ends a field, and the digit 0.
SCRIPT = relying_on(
    r"""
root=$1
[ -e "$root" ] || [ -L "$root" ] || { echo "No such file or directory" >&2; exit 1; }
( while sleep 3 >/dev/null 2>&1; do printf 'h\0\0%s\0\0\0' 0 || exit; done ) &
pulse=$!
one='
stamp() { stat -L -c "%s %Y %Z %i" -- "$1" 2>/dev/null; }
plain() { printf "%s\0%s\0000\0\0%s\0" "$1" "$name" "$2"; }
for path; do
    name=${path#"$root"} name=${name#/}
    [ -n "$name" ] || name=.
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then plain c vanished
    elif [ "$kind" = o ]; then plain o
    elif [ "$kind" = d ]; then
        if [ -r "$path" ] && [ -x "$path" ]; then plain d; else plain u "Permission denied"; fi
    elif [ "$kind" = l ]; then
        target=$(readlink -- "$path" && echo .) || { plain c; continue; }
        plain l "${target%
.}"
    elif before=$(stamp "$path") && digest=$(sha256sum <"$path" 2>/dev/null) && after=$(stamp "$path"); then
        if [ "$before" != "$after" ]; then plain c
        else printf "f\0%s\0%s\0%s\0\0" "$name" "${before%% *}" "${digest%% *}"; fi
    else plain u "can not be read"; fi
done
'
export root one
cores=$(nproc 2>/dev/null) || cores=2
export kind
kind=d; find "$root" -type d -exec sh -c "$one" sh {} + 2>/dev/null
kind=l; find "$root" -type l -exec sh -c "$one" sh {} + 2>/dev/null
kind=o; find "$root" ! -type d ! -type f ! -type l -exec sh -c "$one" sh {} + 2>/dev/null
kind=f
exec 4>&1
ends=$( {
    { find "$root" -type f -print0 2>/dev/null; echo "find $?" >&3; } |
        xargs -0 -n 32 -P "$cores" sh -c "$one" sh >&4
    echo "xargs $?" >&3
} 3>&1 )
kill "$pulse" 2>/dev/null
case $ends in *"xargs 0"*) ;; *) echo "$ends" >&2; exit 1 ;; esac
# A directory that `find` could not read counts as changed.
case $ends in *"find 0"*) changed=0 ;; *) changed=1 ;; esac
printf 'e\0\0%s\0\0.\0' "$changed"
""",
    *_TOOLS,
)


def in_order(records: Iterable[Record]) -> Iterator[Record]:
    """
    Sort records on disk.

    :raises Incomplete: a name is in the listing twice.
    """
    with PrivateDirectory() as directory:
        listing = sqlite3.connect(directory.path / "listing", isolation_level=None)
        try:
            # The database is not needed after a crash.
            listing.execute("PRAGMA synchronous = OFF")
            listing.execute("PRAGMA journal_mode = OFF")
            listing.execute(
                "CREATE TABLE listing (key BLOB PRIMARY KEY, kind BLOB, name BLOB, size TEXT, digest BLOB, more BLOB)"
            )
            rows = ((record.key, *record[:2], str(record.size), *record[3:]) for record in records)
            listing.execute("BEGIN")
            listing.executemany("INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?)", rows)
            listing.execute("COMMIT")
            for kind, name, size, *rest in listing.execute(
                "SELECT kind, name, size, digest, more FROM listing ORDER BY key"
            ):
                yield Record(kind, name, int(size), *rest)
        except sqlite3.IntegrityError as exc:
            raise Incomplete("a listing can't be used", cause="it has a name twice") from exc
        finally:
            listing.close()


def without(
    records: Iterable[Record], excluded: Excluded, *, prefix: str, left_out: Collection[str], tell_left_out: bool
) -> Iterator[Record]:
    """Remove the records that `worker` leaves out of its listing; the parameters are those of its order."""
    hidden: bytes | None = None
    for record in records:
        if hidden is not None and record.key.startswith(hidden):
            continue
        name = os.fsdecode(record.name)
        below = "/".join(filter(None, (prefix, "" if record.name == ROOT else name)))
        last = name.rpartition("/")[2]
        if last in left_out:
            hidden = record.key + b"\0"
            if tell_left_out:
                yield Record(b"o", record.name)
        elif below and excluded(below, is_directory=record.kind == b"d"):
            hidden = record.key + b"\0" if record.name != ROOT else b""
        else:
            yield record
