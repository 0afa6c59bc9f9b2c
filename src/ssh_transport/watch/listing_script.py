"""How a box's shell tells what a directory holds, and how that is read; nothing of it is believed unchecked."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.leftovers import LEFT_OUT

from .listing import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SKIP = "'(' " + " -o ".join(f"-name {name}" for name in sorted(LEFT_OUT)) + " ')' -prune"

# Six fields for each name: kind, size, time, mode, name, where a link leads. What vanishes while `find` walks is no
# fault. Where `find` has no -printf (busybox), a process for each name asks `stat`, which knows whole seconds only.
SCRIPT = relying_on(
    rf"""
LC_ALL=C
one='
for path; do
    [ "$path" != . ] || continue
    target=
    if [ -L "$path" ]; then
        kind=l target=$(readlink -- "$path" && echo .) || continue
        target=${{target%
.}}
    elif [ -d "$path" ]; then kind=d
    elif [ -f "$path" ]; then kind=f
    else kind=o; fi
    stamp=$(stat -c "%s %Y %a" -- "$path" 2>/dev/null) || continue
    size=${{stamp%% *}} rest=${{stamp#* }}
    printf "%s\0" "$kind" "$size" "${{rest% *}}" "${{rest#* }}" "${{path#./}}" "$target"
done
'
export LC_ALL one
[ -d "$1" ] || {{ echo 'No such file or directory' >&2; exit 1; }}
cd -- "$1" || exit
walk() {{
    if find . -maxdepth 0 -printf '' >/dev/null 2>&1; then
        find . -mindepth 1 {_SKIP} -o -printf '%y\0%s\0%T@\0%m\0%P\0%l\0'
    else
        find . {_SKIP} -o -exec sh -c "$one" sh {{}} +
    fi
}}
first() {{ IFS= read -r line; cat >/dev/null; printf %s "$line"; }}
exec 3>&1
said=$(walk 2>&1 >&3 | sed '/No such file or directory/d' | first)
printf '%s\0' e 0 0 0 "$said" ''
""",
    *("cat", "find", "readlink", "sed", "stat"),
)

_FIELDS = 6
# A path of 4,096 bytes or a link's target of as many, with room to spare.
_FIELD_BYTES = 1 << 14
_MOST_NAMES = 2_000_000
_SIZE = re.compile(rb"[0-9]{1,18}")
_TIME = re.compile(rb"(-?[0-9]{1,11})(?:\.([0-9]{1,10}))?")
_MODE = re.compile(rb"[0-7]{1,5}")


class ListingReader:
    """
    Reads what `SCRIPT` prints.

    :param who: whose words they are, for the error.
    """

    def __init__(self, who: str) -> None:
        self._who = who
        self.unread = ""

    def entries(self, chunks: Iterable[bytes]) -> Iterator[tuple[str, Entry]]:
        """
        Yield names with what stands there; then `unread` is what could not be looked into.

        :raises Incomplete: the words break the rules, or end before their end.
        """
        fields = self._fields(chunks)
        for number, record in enumerate(zip(*[fields] * _FIELDS, strict=False)):
            kind, *rest = record
            if kind == b"e":
                self.unread = rest[3].decode("utf-8", "surrogateescape")
                if next(fields, None) is not None:
                    raise self._refused("words after its end")
                return
            if number >= _MOST_NAMES:
                raise self._refused(f"more than {_MOST_NAMES:,} names")
            yield self._entry(kind, *rest)
        raise self._refused("no end")

    def _entry(self, kind: bytes, size: bytes, time: bytes, mode: bytes, name: bytes, link: bytes) -> tuple[str, Entry]:  # noqa: PLR0913, PLR0917 - the fields of a record
        stamp = _TIME.fullmatch(time)
        if len(kind) != 1 or not _SIZE.fullmatch(size) or not _MODE.fullmatch(mode) or not stamp:
            raise self._refused("a record that is none")
        parts = name.split(b"/")
        if any(part in {b"", b".", b".."} for part in parts):
            raise self._refused("a name that leads out of the directory")
        if not LEFT_OUT.isdisjoint(map(os.fsdecode, parts)):
            raise self._refused("a name that was not asked for")
        if kind == b"l" and not link:
            raise self._refused("a link that leads nowhere at all")
        second, fraction = stamp.groups()
        return os.fsdecode(name), Entry(
            kind.decode("latin-1") if kind in b"dfl" else "o",
            size=int(size),
            mtime_ns=int(second) * 1_000_000_000 + int((fraction or b"0").ljust(9, b"0")[:9]),
            link=os.fsdecode(link) if kind == b"l" else "",
            mode=int(mode, 8) & 0o777,
        )

    def _fields(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        rest = b""
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\0")
            if len(rest) > _FIELD_BYTES or any(len(field) > _FIELD_BYTES for field in whole):
                raise self._refused("a field that is too long")
            yield from whole
        if rest:
            raise self._refused("half a field at its end")

    def _refused(self, why: str) -> Incomplete:
        return Incomplete(f"the listing of {self._who} can't be used", cause=f"it has {why}")
