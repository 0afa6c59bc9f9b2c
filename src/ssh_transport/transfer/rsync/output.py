"""What rsync prints, as data; the formats are those of rsync(1): ``--info=progress2`` and ``--out-format``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors import CommandFailed
from ssh_transport.transfer.columns import KINDS
from ssh_transport.transfer.deletion import PROTECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.request.options import Options

# Bytes so far, percent, rate, time; and once a file is done its number and the files left to check.
_PROGRESS = re.compile(
    rb"\s*(?P<bytes>\d{1,18})\s+(?P<percent>\d{1,18})%\s+\S+\s+\S+(?:\s+\(xfr#(?P<files>\d{1,18}),.*)?\s*"
)
_ITEM = re.compile(rb"(?P<code>[<>ch.][fdLDS][^ ]{9}|\*deleting {2,3}) ?(?P<bytes>\d{1,18}) (?P<name>.*)", re.DOTALL)

_MOST_PERCENT, _SLACK_BYTES = 250, 1 << 20
_MOST_LEFT_OUT = 1_000_000

# How rsync prints a time (rsyncd.conf(5), `%M`), for `time.strftime`.
TIME_FORMAT = "%Y/%m/%d-%H:%M:%S"

_TOTALS = re.compile(rb"sent (\d{1,18}) bytes  received (\d{1,18}) bytes  .*")
_COUNTS = re.compile(rb"Number of (?P<what>created )?files: (?P<all>\d{1,18})(?: \((?P<kinds>.*)\))?\s*")
_DIRECTORIES = re.compile(rb"\bdir: (\d{1,18})")
_SKIPPED = re.compile(rb'skipping non-regular file "(?P<name>.*)"', re.DOTALL)
_NO_REFERENT = re.compile(r'symlink has no referent: "(?P<name>.*)"', re.DOTALL)


@dataclass(frozen=True)
class Progress:
    """How far this attempt is: bytes of the files that needed copying, and how many of them are done."""

    bytes: int
    files: int | None
    percent: int = 0

    @property
    def is_too_much(self) -> bool:
        """
        Whether far more came than the sender itself announced in its list, which says how large a file is.

        A file that did not arrive as it was is sent once more, and counted twice.
        """
        return self.percent > _MOST_PERCENT and self.bytes > _SLACK_BYTES


@dataclass(frozen=True, slots=True)
class Item:
    """
    One change that a dry run announces.

    ``name`` is relative to the target directory, ``link`` a link's target. ``time`` is when the source was modified, as
    `TIME_FORMAT`, in the time zone of whoever ran it; it does not matter to whether two changes are equal.
    """

    code: str
    bytes: int
    name: str
    link: str = ""
    time: str = field(default="", compare=False)

    @property
    def word(self) -> str:
        """What is done, in words."""
        if self.is_deletion:
            return "delete:"
        if self.code[0] == ".":
            return "attributes:"
        return f"{'new' if self.is_new else 'changed'} {KINDS.get(self.code[1], 'special file')}:"

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
    return Progress(int(match["bytes"]), int(match["files"]) if match["files"] else None, int(match["percent"]))


def name_format(token: str) -> str:
    """Return the ``--out-format`` that `current` reads."""
    return f"{token} %n"


def current(line: bytes, token: str) -> str:
    """
    Return the name of the file that is under way by a line of `name_format`, or nothing.

    :param token: what no name begins with, so that none passes for a line of the progress meter.
    """
    return name(line.removeprefix(f"{token} ".encode())) if line.startswith(f"{token} ".encode()) else ""


def wire_bytes(line: bytes) -> int | None:
    """Return what crossed the link in both directions by a line of ``--info=stats1``, or `None`."""
    match = _TOTALS.fullmatch(line)
    return int(match[1]) + int(match[2]) if match else None


def out_format(token: str) -> str:
    """Return the ``--out-format`` that `item` reads: code, bytes, name, then where a link leads, and the time."""
    return f"{token} %i %l %n{token}%L{token}%M"


def item(line: bytes, token: str) -> Item | None:
    """
    Read a line of a dry run with `out_format`, or return `None`.

    :param token: secret from the box, whose messages rsync prints into the same stream.
    """
    change, parted, rest = line.removeprefix(f"{token} ".encode()).partition(token.encode())
    match = _ITEM.fullmatch(change) if parted and line.startswith(token.encode()) else None
    if not match:
        return None
    link, _, when = rest.partition(token.encode())
    target = name(link.removeprefix(b" -> ")) if link.startswith(b" -> ") else ""
    time = when.decode("ascii", "replace")
    found = Item(match["code"].decode().strip(), int(match["bytes"]), name(match["name"]), target, time)
    return found if is_below(found.name) else None


@dataclass(frozen=True)
class Announced:
    """
    What a dry run with `out_format` would do.

    ``skipped`` are names that it leaves out. ``source_names`` and ``kept_names`` are what `counting` asks for: how many
    names the source has, the copied directory itself not counted, and how many of them the target has too; ``matched``
    are those that are no directories.
    """

    items: Sequence[Item]
    skipped: Sequence[str]
    source_names: int = 0
    kept_names: int = 0
    matched: int = 0


def counting(options: Options) -> list[str]:
    """Return the words that make a dry run count names, and say what would be deleted."""
    # A protecting rule speaks for the target alone: rsync(1), FILTER RULES.
    protecting = [f"--filter=protect {pattern}" for pattern in PROTECTED]
    return ["--info=stats2", *(["--delete", *protecting] if options.deletes_extra else [])]


def announced(lines: Iterable[bytes], token: str) -> Announced:
    """
    Read what a dry run with `out_format` and `counting` prints.

    :raises CommandFailed: a box that never stops talking.
    """
    items: list[Item] = []
    left_out: list[str] = []
    counts = {b"": 0, b"created ": 0}
    directories = others = 0
    for line in lines:
        if found := item(line, token):
            items.append(found)
        elif name_ := skipped(line):
            left_out.append(name_)
        elif match := _COUNTS.fullmatch(line):
            # What a box prints comes before what our own rsync says at its end: the last one counts.
            counts[match["what"] or b""] = int(match["all"])
            if not match["what"]:
                kinds = _DIRECTORIES.search(match["kinds"] or b"")
                directories = int(kinds[1]) if kinds else 0
        others += not found
        if others > _MOST_LEFT_OUT:
            raise CommandFailed(f"rsync printed more than {_MOST_LEFT_OUT:,} lines that are no part of a plan")
    # The first directory is what is copied, and says nothing of what is in it.
    source = counts[b""] - (directories > 0)
    kept = counts[b""] - counts[b"created "] - (directories > 0)
    return Announced(items, left_out, max(0, source), max(0, kept), max(0, counts[b""] - directories))


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
