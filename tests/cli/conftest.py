"""What every test of the command line starts from: programs that are started as anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person


@pytest.fixture
def person(person: Person) -> Person:
    """One whose programs are started as anybody's, each in a process of its own."""
    person.forks = False
    return person
