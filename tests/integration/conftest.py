"""What tests of the library need of a real box: one that is connected, and both ways into its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import Box, boxes
from ssh_transport.secret import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setenv("HOME", str(person.home))
    known.all_known.cache_clear()
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found


@pytest.fixture(params=["sftp", "shell"])
def way(request: pytest.FixtureRequest, box: Sshd) -> str:
    """Both ways into a file of a box."""
    if request.param == "shell":
        forced = box.home.parent / "forced_command"
        forced.write_text(forced.read_text().replace("internal-sftp*) exec ", "internal-sftp*) exit 1; "))
    return str(request.param)
