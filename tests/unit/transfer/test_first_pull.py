"""When logins begin before the box is looked at: a pull of what is not here yet will need them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.transfer.logins import is_first_pull

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("source", "target", "is_first"),
    [
        ("/out/weights", "not-here", True),
        ("/out/weights", "here", True),
        ("/out/weights", "here/", True),
        ("/out/has", "here/", False),
        ("/out/", "here/", False),
        ("/out/", "not-here/", True),
        ("/out/weights", "here/has", False),
    ],
)
def test_a_pull_is_a_first_one_where_nothing_has_its_name(
    source: str, target: str, tmp_path: Path, *, is_first: bool
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "has").write_text("")
    here = SimpleNamespace(is_here=True, path=f"{tmp_path}/{target}")
    request: Any = SimpleNamespace(
        target=here, source=SimpleNamespace(path=source), options=SimpleNamespace(dry_run=False)
    )

    assert is_first_pull(request) is is_first
