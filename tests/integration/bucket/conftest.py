"""A bucket that the person's settings name `lab`, and what copies by way of it have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person


@pytest.fixture
def bucket(tmp_path: Path, person: Person) -> Iterator[Bucket]:
    with Bucket(tmp_path / "bucket") as made:
        for name in ("fabric.yaml", "invoke.yaml"):
            (person.home / name).write_text(f"transfer: {{attempts: 1}}\n{made.settings}")
        yield made
