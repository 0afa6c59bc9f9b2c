"""What several of the tests of copies start from: two boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    with TwoBoxes(person, tmp_path) as boxes:
        yield boxes
