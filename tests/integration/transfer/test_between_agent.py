"""The agent of this machine, lent for a copy from box to box: on request only."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.two_boxes import TwoBoxes


@pytest.fixture
def agent(two: TwoBoxes, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An agent with the person's key; the environment that leads to it."""
    with subprocess.Popen(["ssh-agent", "-D", "-a", tmp_path / "agent"], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        environment = {"SSH_AUTH_SOCK": str(tmp_path / "agent")}
        subprocess.run(
            ["ssh-add", "-q", two.person.identity], env=os.environ | environment, check=True, capture_output=True
        )
        yield environment
        running.kill()


def test_an_agent_is_lent_on_request_only_and_only_where_it_is_needed(two: TwoBoxes, agent: dict[str, str]) -> None:
    """Not by the ssh config; a warning says what it means; a box with a login of its own sees none."""
    config = two.person.ssh / "config"
    config.write_text(config.read_text() + "Host *\n  ForwardAgent yes\n")
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "x").write_text("x")

    without = two.copies("--json", "--to=proj-2:one/", "--from=proj-1:ckpt", env=agent)
    seen_without = two.agents_seen()
    lent = two.copies("--json", "--to=proj-2:two/", "--from=proj-1:ckpt", "--forward-agent", env=agent)
    seen_lent = two.agents_seen() - seen_without
    two.joins()
    (two.source.home / "agents").unlink()
    own = two.copies("--json", "--to=proj-2:three/", "--from=proj-1:ckpt", "--forward-agent", env=agent)

    assert [said.json["engine"] for said in (without, lent, own)] == ["sftp", "direct", "direct"]
    assert seen_without == {"no agent"}
    assert all(socket.startswith("/") and socket != agent["SSH_AUTH_SOCK"] for socket in seen_lent)
    assert seen_lent
    assert "warning: while this runs, the root of proj-1 can log in wherever the keys of your agent" in lent.stderr
    assert two.agents_seen() == {"no agent"}
    assert "warning" not in own.stderr
    assert (two.target.home / "two" / "ckpt" / "x").read_text() == "x"


def test_without_an_agent_there_is_none_to_lend(two: TwoBoxes) -> None:
    said = two.copies("--forward-agent")

    assert said.exit_code == 2
    assert "there is no ssh agent to forward" in said.stderr
