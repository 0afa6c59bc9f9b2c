"""The box that these tests audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box


@pytest.fixture
def audited(tmp_path: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Audited:
    return Audited(tmp_path / "box", make_box(), monkeypatch)
