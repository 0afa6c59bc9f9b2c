"""Patterns in a file, as rsync's ``--exclude-from`` reads them: rsync(1)."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.text import one_line

_COMMENTS = (b";", b"#")
_LIMIT_BYTES = 1 << 20


def patterns_in(path: str) -> list[str]:
    """
    Return the patterns of a file, one for each line; empty lines and comments are left out, blanks are kept.

    :param path: ``-`` for standard input.
    :raises LocalFileError: it can't be read.
    :raises UsageError: it is no list of patterns.
    """
    try:
        data = sys.stdin.buffer.read(_LIMIT_BYTES + 1) if path == "-" else _read(Path(path).expanduser())
    except OSError as exc:
        raise LocalFileError(f"can't read `{one_line(path)}`, which --exclude-from names", cause=str(exc)) from exc
    if len(data) > _LIMIT_BYTES or b"\0" in data:
        raise UsageError(f"`{one_line(path)}` is no list of patterns", hint="one pattern in a line, as rsync wants it")
    # A carriage return ends a line for rsync, too.
    lines = re.split(rb"[\r\n]", data)
    return [os.fsdecode(line) for line in lines if line and not line.startswith(_COMMENTS)]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LIMIT_BYTES + 1)
