"""
Alias blocks in an `ssh_config(5)` file.

Our blocks are at the head of the file, because `ssh` uses the first value of an option, between marker lines::

    # >>> ssh-transport proj-1
    # platform: autodl
    # group: train
    # instance: 12345
    Host proj-1
        HostName connect.westb.seetacloud.com
        ...
    Match all
    # <<< ssh-transport proj-1

The closing ``Match all`` ends the scope of our block: the lines after it apply as before. Everything outside the
markers stays byte for byte, and so does what a person has put between them. Group and instance are there if they are
known.
"""

from __future__ import annotations

import functools
import glob
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import AliasError
from ssh_transport.text import did_you_mean, natural

from .block import option, read, section, set_note, set_option, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .block import Block

_MARKER = re.compile(rb"^# (?P<side>>>>|<<<) ssh-transport(?P<alias>(?:[ \t\r].*)?)(?:\n|\Z)", re.MULTILINE)
_DEEPEST_INCLUDE = 16  # as in OpenSSH's readconf.c


def aliases(path: Path) -> list[str]:
    """Return the names in `Host` lines, those of `Include`d files too, in natural order; patterns are left out."""
    names = {name for line, _ in _hosts(path) for name in line}
    return sorted((name for name in names if not set(name) & set("*?!")), key=natural)


def where(path: Path, alias: str) -> str:
    """Return ``file:line`` of the first `Host` line that contains the name `alias`, or an empty string."""
    return next((location for names, location in _hosts(path) if alias in names), "")


def ours(text: bytes) -> dict[str, Block]:
    """Return our blocks by alias, in natural order: in the file the last one added stands first."""
    return dict(_ours(text))


@functools.lru_cache(maxsize=4)
def _ours(text: bytes) -> Mapping[str, Block]:
    """Read them once for all boxes: of a thousand, that is a thousand times a thousand blocks."""
    # Of two blocks the first one counts for `ssh`.
    found = {place.alias: read(_lines(text, place), place.alias) for place in reversed(_scan(text)[0])}
    return {alias: found[alias] for alias in sorted(found, key=natural)}


def blocks(path: Path) -> dict[str, Block]:
    """Return our blocks in a file, which need not be there, by alias, in natural order."""
    return ours(path.read_bytes()) if path.exists() else {}


def to_change(path: Path) -> bytes:
    """
    Return the text of a file, which need not be there, before it is changed.

    :raises AliasError: there is a marker line that belongs to no whole block, so that it is not clear what is ours.
    """
    text = path.read_bytes() if path.exists() else b""
    for marker in _scan(text)[1][:1]:
        at = f"{path}:{1 + text[: marker.start()].count(10)}"
        raise AliasError(
            "a marker line of ours is damaged; nothing was written",
            cause=f"{at}: `{marker[0].decode('utf-8', 'replace').strip()}` belongs to no whole block",
            hint=f"edit {at}: delete this line, and what it was for is yours; or put back what is missing of "
            "`# >>> ssh-transport NAME`, `Host NAME` with its options, `# <<< ssh-transport NAME`",
        )
    return text


def with_block(text: bytes, alias: str, block: Block) -> bytes:
    """Return `text` with a new block for `alias` at its head."""
    return block.render(alias, "\r\n" if b"\r\n" in text else "\n") + text


def edited(text: bytes, alias: str, options: Mapping[str, str], notes: Mapping[str, str]) -> bytes:
    """
    Return `text` with these options in our block for `alias`; every line that says nothing else stays as it is.

    :param options: those with an empty value are taken out.
    :param notes: the new `platform`, `group` and `instance`; an empty one is left as it is.
    :raises AliasError: we have no such block.
    """
    place = _places(text, alias)[0]
    lines = _lines(text, place)
    for key, value in options.items():
        set_option(lines, alias, key, value)
    for note, value in notes.items():
        if value:
            set_note(lines, note, value)
    body = "\n".join(lines).encode("utf-8", "surrogateescape")
    return text[: place.opening.end()] + body + text[place.closing.start() :]


def without_block(text: bytes, alias: str) -> bytes:
    """
    Return `text` without our blocks for `alias`; every other byte stays.

    :raises AliasError: we have no such block.
    """
    for place in reversed(_places(text, alias)):
        text = text[: place.opening.start()] + text[place.closing.end() :]
    return text


def not_ours(text: bytes, alias: str) -> AliasError:
    """Return the error for an alias that we may not change."""
    return AliasError(
        f"`{alias}` is not an alias of ours",
        cause=f"ours: {', '.join(ours(text)) or 'none'}",
        hint=f"{did_you_mean(alias, ours(text))}a block without our marker lines is yours: edit the file by hand",
    )


class _Place(NamedTuple):
    """Where a whole block is."""

    alias: str
    opening: re.Match[bytes]
    closing: re.Match[bytes]


def _places(text: bytes, alias: str) -> list[_Place]:
    found = [place for place in _scan(text)[0] if place.alias == alias]
    if not found:
        raise not_ours(text, alias)
    return found


@functools.lru_cache(maxsize=4)
def _scan(text: bytes) -> tuple[list[_Place], list[re.Match[bytes]]]:
    """Return our whole blocks, and the marker lines that belong to none: what is between those may be the person's."""
    whole: list[_Place] = []
    alone: list[re.Match[bytes]] = []
    last = None
    for marker in _MARKER.finditer(text):
        place = _Place(last["alias"].decode("utf-8", "replace").strip(), last, marker) if last else None
        if place and _is_whole(text, place):
            whole.append(place)
            last = None
        else:
            alone += [last] if last else []
            last = marker
    return whole, alone + ([last] if last else [])


def _is_whole(text: bytes, place: _Place) -> bool:
    alias, opening, closing = place
    is_pair = (opening["side"], closing["side"]) == (b">>>", b"<<<")
    is_same = alias.split() == [alias] and opening["alias"].split() == closing["alias"].split()
    return is_pair and is_same and bool(section(_lines(text, place), alias))


def _lines(text: bytes, place: _Place) -> list[str]:
    """Return the lines between the markers."""
    return text[place.opening.end() : place.closing.start()].decode("utf-8", "surrogateescape").split("\n")


def _hosts(path: Path, base: Path | None = None, depth: int = 0) -> Iterator[tuple[list[str], str]]:
    """Yield the names of every `Host` line and its ``file:line``, following `Include`."""
    if depth > _DEEPEST_INCLUDE or not path.is_file():
        return
    base = base or path.parent
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        keyword, rest = option(line)
        if keyword == "host":
            yield words(rest), f"{path}:{number}"
        elif keyword == "include":
            for pattern in words(rest):
                # A relative name is relative to the directory of the user's config file.
                for name in sorted(glob.glob(str(base / Path(pattern).expanduser()))):
                    yield from _hosts(Path(name), base, depth + 1)
