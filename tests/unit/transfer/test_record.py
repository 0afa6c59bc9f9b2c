"""What is noted of a partial file is true whenever the copy ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.transfer.sftp import record
from ssh_transport.trees.here import Here

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = os.urandom(1000)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_RECORD_EVERY_BYTES", 2500)


def grow(path: Path, start: int, blocks: int) -> record.Recorder:
    """Add blocks to a partial file, each noted as it comes."""
    recorder = record.Recorder(Here(), str(path), start)
    with Here().writing(str(path), start) as sink:
        for _ in range(blocks):
            sink.write(BLOCK)
            recorder.wrote(BLOCK, sink)
    return recorder


@pytest.mark.parametrize(("blocks", "noted_bytes"), [(2, 0), (3, 3000), (5, 3000), (6, 6000)])
def test_the_note_covers_what_was_stored_when_it_was_made(tmp_path: Path, blocks: int, noted_bytes: int) -> None:
    path = tmp_path / "partial"
    grow(path, 0, blocks)

    assert record.recorded_bytes(Here(), str(path), path.stat().st_size) == noted_bytes


def test_a_file_that_is_continued_is_noted_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "partial"
    grow(path, 0, 3)
    grow(path, 3000, 3)

    assert record.recorded_bytes(Here(), str(path), 6000) == 6000


def test_a_byte_that_changed_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "partial"
    grow(path, 0, 3)
    path.write_bytes(b"x" + path.read_bytes()[1:])

    assert record.recorded_bytes(Here(), str(path), 3000) == 0


def test_a_complete_file_has_no_note(tmp_path: Path) -> None:
    path = tmp_path / "partial"
    grow(path, 0, 3).forget()

    assert [entry.name for entry in tmp_path.iterdir()] == ["partial"]
