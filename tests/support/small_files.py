"""`transfer.put` and `transfer.get` as a person types them, and what is there afterwards."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said


def put(person: Person, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.put", *words)


def get(person: Person, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.get", *words)


def state(path: Path) -> tuple[bytes, int, int]:
    """Return content, permissions and time."""
    status = path.stat()
    return path.read_bytes(), stat.S_IMODE(status.st_mode), int(status.st_mtime)


def names(directory: Path) -> set[str]:
    """Return what is in a directory itself."""
    return {path.name for path in directory.iterdir()}
