"""The boxes on which the last command line for several boxes failed: ``@failed`` names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import NoTarget
from ssh_transport.terminal import command_line

if TYPE_CHECKING:
    from pathlib import Path

WORD = "@failed"


def note_at_end() -> None:
    """Write them down once the command line ends."""
    if line := command_line.current():
        command_line.at_end(lambda: _write(line))


def names() -> list[str]:
    """
    Return them, as they were named.

    :raises NoTarget: there are none.
    """
    path = _path()
    found = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if path.exists() else []
    if not found:
        cause = "the last command line for several boxes failed on none"
        raise NoTarget(f"`{WORD}` names no box", cause=cause, hint="name one: --on ALIAS")
    return found


def _write(line: command_line.CommandLine) -> None:
    failed = {name: None for entry in line.entries for name, outcome in entry.boxes.items() if outcome.error}
    # A box that was not come to has not done its part either.
    failed |= {name: None for entry in line.entries for name in entry.not_run}
    path, said = _path(), "".join(f"{name}\n" for name in failed).encode("utf-8", "surrogateescape")
    # The disk may have what was copied to write first: a file that says the same is left alone.
    if said != (path.read_bytes() if path.exists() else b""):
        files.write(path, said, mode=0o600)


def _path() -> Path:
    return files.private_directory() / "failed"
