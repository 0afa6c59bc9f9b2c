"""What several of the tests of copies start from: either direction of one box, or two boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def sides(request: pytest.FixtureRequest, box: Sshd, person: Person) -> tuple[str, Path, Path]:
    """The task, the home that is read, the home that is written."""
    return (request.param, box.home, person.home) if request.param == "pull" else ("push", person.home, box.home)


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    with TwoBoxes(person, tmp_path) as boxes:
        yield boxes
