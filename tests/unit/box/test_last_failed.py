"""What is written down of a command line for several boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.box import last_failed
from ssh_transport.errors import NoSpace
from ssh_transport.terminal.command_line import CommandLine
from ssh_transport.terminal.document import Entry, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_says_the_same_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To write is to wait for the disk, which may have all that was copied to write first."""
    monkeypatch.setattr(files, "private_directory", lambda: tmp_path)
    path = tmp_path / "failed"
    fine = CommandLine(entries=[Entry("a", boxes={"proj-1": Outcome(1)})])
    failed = CommandLine(entries=[Entry("a", boxes={"proj-1": Outcome(error=NoSpace("full"))})])

    last_failed._write(fine)
    assert not path.exists()
    last_failed._write(failed)
    assert path.read_text() == "proj-1\n"
    before = path.stat().st_ino
    last_failed._write(failed)
    assert path.stat().st_ino == before
    last_failed._write(fine)
    assert path.read_text() == ""
