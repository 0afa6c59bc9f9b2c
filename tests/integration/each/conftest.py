"""What copies directory by directory start from: both directions, with an engine for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture(params=["pull", "push"])
def sides(request: pytest.FixtureRequest, box: Sshd, person: Person) -> tuple[str, Path, Path]:
    """The task, the home that is read, the home that is written."""
    if request.param == "pull":
        return "pull-each", box.home, person.home
    return "push-each", person.home, box.home


@pytest.fixture
def engine(sides: tuple[str, Path, Path]) -> str:
    """One for each direction: what the engines do in both is shown elsewhere."""
    return "--engine=rsync" if sides[0] == "pull-each" else "--engine=sftp"
