"""What tests of broken links start from: a link that can be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.way import ON_ONE_CONNECTION, way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.link import Link
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def link(box: Sshd, person: Person) -> Iterator[Link]:
    """The way to the box; the alias leads through it."""
    # Slow enough that what is in flight at a cut is little.
    with way(box, person, rate_bytes_s=12_000_000, settings=ON_ONE_CONNECTION) as between:
        yield between
