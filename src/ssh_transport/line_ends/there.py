"""Finds and fixes scripts on a box in one round trip."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.box.stream import stream
from ssh_transport.errors import Incomplete, NoSuchPath
from ssh_transport.request.paths import remote_path
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from .box_script import CHECK, SCRIPT
from .ends import Ends
from .findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box

_FIELDS = 7
# Enough for a path of 4,096 bytes and a reason that contains it.
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


def scan_there(box: Box, path: str, *, fix: bool) -> Report:
    """
    Find shell scripts with wrong line ends below a directory of a box; `fix` rewrites them.

    :raises NoSuchPath: there is no such directory.
    :raises Incomplete: the output of the box is invalid or incomplete.
    :raises ReachError: the box was not reached, or the link broke.
    """
    there = remote_path(path)
    box.require("exec")
    silence_s = TransferSettings.of(box.c).silence_s
    chunks = stream(box, SCRIPT, there, "yes" if fix else "", CHECK, silence_s=silence_s)
    try:
        return parse_report(path, chunks, f"`{box.name}`", fix=fix)
    except NoSuchPath as exc:
        what = f"there is no directory `{one_line(path)}` on `{box.name}`"
        raise NoSuchPath(what, box=box.name, cause=exc.cause, hint=f"see what is there: ssh {box.name} ls -la") from exc


def parse_report(path: str, chunks: Iterable[bytes], who: str, *, fix: bool) -> Report:
    """
    Parse the output of `box_script`, which may be hostile.

    :param who: the name of the box in messages.
    :raises Incomplete: the output is invalid or incomplete.
    """
    findings: dict[str, Finding] = {}
    for record in _records(chunks, who):
        if record.kind == b"e":
            return Report.of(path, findings.values(), _unread(record.reason))
        if record.kind == b"h":
            continue
        numbers = (record.crlf, record.lf, record.cr, record.bom)
        if record.kind not in _KINDS or not record.name or not all(map(_NUMBER.fullmatch, numbers)):
            raise _refused(who, "a record is invalid")
        if len(findings) == _MOST_FINDINGS:
            raise _refused(who, f"more than {_MOST_FINDINGS:,} scripts")
        name = os.fsdecode(record.name)
        ends = Ends(int(record.crlf), int(record.lf), int(record.cr), record.bom == b"1")
        failure = (os.fsdecode(record.reason) or "it can't be written") if record.kind == b"l" else ""
        findings[name] = Finding.of(name, ends, fixing=fix, failure=failure, is_linked=record.reason == b"linked")
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
    # A file that was removed meanwhile needs no check.
    return [line for line in lines if line and "No such file or directory" not in line]


def _refused(who: str, cause: str) -> Incomplete:
    return Incomplete(f"the list of scripts from {who} is invalid", cause=cause, hint="run it again")
