"""Who misses a group or a relay of the settings is told where they were looked for, and of a file that is above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fabric
import pytest
from invoke.context import Context

from ssh_transport.box import naming
from ssh_transport.bucket.relay import named
from ssh_transport.errors import TaskError

if TYPE_CHECKING:
    from pathlib import Path


def typed_in(place: Path) -> Context:
    """Return the context of a command line that is typed there."""
    config = fabric.Config(lazy=True)
    config.set_project_location(str(place))
    config.load_project()
    return Context(config)


@pytest.mark.usefixtures("home")
def test_a_settings_file_above_is_named_where_it_is_not_read(tmp_path: Path) -> None:
    below = tmp_path / "proj" / "scripts"
    below.mkdir(parents=True)
    (tmp_path / "proj" / "fabric.yaml").write_text("groups: {train: [a]}\nrelays: {lab: {url: 's3://b/p'}}\n")

    for ask in (lambda c: naming.named(c, "@train"), lambda c: named(c, "lab")):
        with pytest.raises(TaskError) as caught:
            ask(typed_in(below))

        assert f"looked for in {below}/fabric.yaml and ~/.fabric.yaml" in caught.value.cause
        assert f"not in {tmp_path}/proj/fabric.yaml: go there, or type -f" in caught.value.cause

    assert naming.named(typed_in(tmp_path / "proj"), "@train") == ["a"]
    with pytest.raises(TaskError) as caught:
        naming.named(typed_in(tmp_path / "proj"), "@other")
    assert "go there" not in caught.value.cause
