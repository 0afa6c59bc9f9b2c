"""What rsync prints, as data; the formats are those of rsync(1): ``--info=progress2`` and ``--out-format``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bytes so far, percent, rate, time; and once a file is done its number and the files left to check.
_PROGRESS = re.compile(rb"\s*(?P<bytes>\d{1,18})\s+\d+%\s+\S+\s+\S+(?:\s+\(xfr#(?P<files>\d{1,18}),.*)?\s*")
_ITEM = re.compile(rb"(?P<code>[<>ch.][fdLDS][^ ]{9}|\*deleting {2,3}) ?(?P<bytes>\d{1,18}) (?P<name>.*)", re.DOTALL)

_TOTALS = re.compile(rb"sent (\d{1,18}) bytes  received (\d{1,18}) bytes  .*")
_SKIPPED = re.compile(rb'skipping non-regular file "(?P<name>.*)"', re.DOTALL)
_NO_REFERENT = re.compile(r'symlink has no referent: "(?P<name>.*)"', re.DOTALL)


@dataclass(frozen=True)
class Progress:
    """How far this attempt is: bytes of the files that needed copying, and how many of them are done."""

    bytes: int
    files: int | None


@dataclass(frozen=True)
class Item:
    """One change that a dry run announces; ``name`` is relative to the target directory, ``link`` a link's target."""

    code: str
    bytes: int
    name: str
    link: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the content of a regular file would be sent."""
        return self.code[0] in "<>" and self.code[1] == "f"

    @property
    def is_link(self) -> bool:
        """Whether a symlink would be made."""
        return self.code.startswith("cL")

    @property
    def is_directory(self) -> bool:
        """Whether a directory would be made or get other attributes."""
        return self.code.startswith("cd")

    @property
    def is_new(self) -> bool:
        """Whether nothing stands there yet."""
        return self.code.endswith("+++++++++")

    @property
    def is_deletion(self) -> bool:
        """Whether something would be deleted at the target."""
        return self.code.startswith("*deleting")


def progress(line: bytes) -> Progress | None:
    """Read a line of ``--info=progress2``, or return `None`."""
    match = _PROGRESS.fullmatch(line)
    if not match:
        return None
    return Progress(int(match["bytes"]), int(match["files"]) if match["files"] else None)


def wire_bytes(line: bytes) -> int | None:
    """Return what crossed the link in both directions by a line of ``--info=stats1``, or `None`."""
    match = _TOTALS.fullmatch(line)
    return int(match[1]) + int(match[2]) if match else None


def out_format(token: str) -> str:
    """Return the ``--out-format`` that `item` reads: code, bytes, name, then where a link leads behind the token."""
    return f"{token} %i %l %n{token}%L"


def item(line: bytes, token: str) -> Item | None:
    """
    Read a line of a dry run with `out_format`, or return `None`.

    :param token: secret from the box, whose messages rsync prints into the same stream.
    """
    change, parted, link = line.removeprefix(f"{token} ".encode()).partition(token.encode())
    match = _ITEM.fullmatch(change) if parted and line.startswith(token.encode()) else None
    if not match:
        return None
    target = name(link.removeprefix(b" -> ")) if link.startswith(b" -> ") else ""
    found = Item(match["code"].decode().strip(), int(match["bytes"]), name(match["name"]), target)
    return found if is_below(found.name) else None


def announced(lines: Iterable[bytes], token: str) -> tuple[list[Item], list[str]]:
    """Return what a dry run with `out_format` would do, and the names that it leaves out."""
    items: list[Item] = []
    left_out: list[str] = []
    for line in lines:
        if found := item(line, token):
            items.append(found)
        elif name_ := skipped(line):
            left_out.append(name_)
    return items, left_out


def skipped(line: bytes) -> str:
    """Return the name of a device, pipe or socket that rsync leaves out, or nothing."""
    match = _SKIPPED.fullmatch(line)
    return name(match["name"]) if match else ""


def without_referent(line: str) -> str:
    """Return the path of a link that ``--copy-links`` could not follow, or nothing."""
    match = _NO_REFERENT.fullmatch(line)
    return name(os.fsencode(match["name"])) if match else ""


def is_below(path: str) -> bool:
    """Whether a relative path stays below where it starts."""
    return not path.startswith("/") and ".." not in path.split("/")


def name(escaped: bytes) -> str:
    r"""Undo rsync's escapes (``\#012`` is a newline) and return the name as Python's file functions take it."""
    return os.fsdecode(re.sub(rb"\\#([0-7]{3})", lambda match: bytes([int(match[1], 8) & 0xFF]), escaped))
