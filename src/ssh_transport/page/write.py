"""Writes a page where a person wants it."""

from __future__ import annotations

from pathlib import Path

from ssh_transport import files
from ssh_transport.errors import UsageError
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

_MODE = 0o600


def place(name: str) -> Path | None:
    """
    Return where a page of this name will be, absolute; `None` for none.

    :raises UsageError: it is no name for a page, so that nothing else is written over by a slip.
    """
    if not name:
        return None
    path = Path(name).expanduser().absolute()
    if path.is_dir() or path.suffix.lower() not in {".html", ".htm"}:
        hint = "name a file: --html=report.html"
        raise UsageError(f"`{one_line(name)}` is no name for a page", cause="it does not end in .html", hint=hint)
    return path


def write(path: Path, page: str) -> None:
    """
    Write a page, whole or not at all, for its owner alone: it names machines and files.

    :raises LocalFileError: it can't be written.
    """
    files.write(path, page.encode("utf-8", "backslashreplace"), mode=_MODE)
    say(f"page: {one_line(str(path))}; in a browser: {path.as_uri()}")
