"""The two ends of a watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def run(box: Sshd) -> Path:
    """The directory that the training run on the box writes to."""
    (box.home / "run").mkdir()
    return box.home / "run"


@pytest.fixture
def to(person: Person) -> Path:
    return person.home / "to"
