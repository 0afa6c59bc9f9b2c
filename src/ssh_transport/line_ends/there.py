"""The scripts of a box: looked at, and mended, in one round trip."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import Incomplete, NoSuchPath
from ssh_transport.settings import TransferSettings
from ssh_transport.stream import stream
from ssh_transport.text import one_line
from ssh_transport.transfer.request import remote_path

from .box_script import LOOK, SCRIPT
from .ends import Ends
from .findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box

_FIELDS = 7
# A path of 4,096 bytes and a reason that names it, with room to spare.
_RECORD_BYTES = 1 << 16
_MOST_FINDINGS = 200_000
_NUMBER = re.compile(rb"[0-9]{1,7}")
_KINDS = frozenset({b"f", b"m", b"l"})


class _Record(NamedTuple):
    kind: bytes
    name: bytes
    crlf: bytes
    lf: bytes
    cr: bytes
    bom: bytes
    reason: bytes


def look_there(box: Box, path: str, *, fix: bool) -> Report:
    """
    Look at the shell scripts below a directory of a box, and mend them if asked.

    :raises NoSuchPath: there is no such directory.
    :raises Incomplete: the box tells what can't be, or not all.
    :raises ReachError: the box was not reached, or was lost.
    """
    there = remote_path(path)
    box.require("exec")
    silence_s = TransferSettings.of(box.c).silence_s
    chunks = stream(box, SCRIPT, there, "yes" if fix else "", LOOK, silence_s=silence_s)
    try:
        return read_report(path, chunks, f"`{box.name}`", fix=fix)
    except NoSuchPath as exc:
        what = f"there is no directory `{one_line(path)}` on `{box.name}`"
        raise NoSuchPath(what, box=box.name, cause=exc.cause, hint=f"look around: ssh {box.name} ls -la") from exc


def read_report(path: str, chunks: Iterable[bytes], who: str, *, fix: bool) -> Report:
    """
    Make a report of what a box said, and believe nothing of it.

    :raises Incomplete: it breaks the rules, or ends before its end.
    """
    findings: dict[str, Finding] = {}
    for record in _records(chunks, who):
        if record.kind == b"e":
            return Report.of(path, findings.values(), _unread(record.reason))
        if record.kind == b"h":
            continue
        numbers = (record.crlf, record.lf, record.cr, record.bom)
        if record.kind not in _KINDS or not record.name or not all(map(_NUMBER.fullmatch, numbers)):
            raise _refused(who, "a record is none")
        if len(findings) == _MOST_FINDINGS:
            raise _refused(who, f"more than {_MOST_FINDINGS:,} scripts")
        name = os.fsdecode(record.name)
        ends = Ends(int(record.crlf), int(record.lf), int(record.cr), record.bom == b"1")
        failure = (os.fsdecode(record.reason) or "it can't be written") if record.kind == b"l" else ""
        findings[name] = Finding.of(name, ends, fixing=fix, failure=failure)
    raise _refused(who, "it ended too early")


def _records(chunks: Iterable[bytes], who: str) -> Iterator[_Record]:
    rest, fields = b"", []
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        if len(rest) > _RECORD_BYTES:
            raise _refused(who, "a record has no end")
        for field in whole:
            fields.append(field)
            if len(fields) == _FIELDS:
                yield _Record(*fields)
                fields.clear()


def _unread(reason: bytes) -> list[str]:
    lines = os.fsdecode(reason).splitlines()
    # What was removed meanwhile needs no look.
    return [line for line in lines if line and "No such file or directory" not in line]


def _refused(who: str, cause: str) -> Incomplete:
    return Incomplete(f"what {who} says of its scripts can't be used", cause=cause, hint="run it again")
