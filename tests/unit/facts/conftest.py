"""A person with the command of a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.platform_command import on_the_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose commands are found."""
    on_the_path(tmp_path / "bin", monkeypatch)
    return tmp_path / "bin"
