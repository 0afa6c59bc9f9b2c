"""The shell fish, which reads all manual pages of the machine where it starts for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def has_read_manuals(home: Path) -> None:
    """Make fish think so: that takes a core for a minute, while other tests run."""
    (home / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True, exist_ok=True)
