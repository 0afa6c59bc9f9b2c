"""The workflows run the scripts that there are, need no secret, and take actions by their major version."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").iterdir())
BY_MAJOR = re.compile(r"[\w.-]+/[\w.-]+@(v\d+|release/v\d+)")


@pytest.fixture(params=WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def workflow(request: pytest.FixtureRequest) -> str:
    return Path(request.param).read_text()


def test_each_script_can_be_run(workflow: str) -> None:
    scripts = re.findall(r"\bscript/\w+", workflow)

    assert scripts
    assert [name for name in scripts if not os.access(CHECKOUT / name, os.X_OK)] == []


def test_there_is_no_secret(workflow: str) -> None:
    """Publishing is trusted by where it comes from; the rest only reads."""
    assert "secrets." not in workflow
    assert re.search(r"^permissions:\n  contents: read\n", workflow, re.MULTILINE)


def test_each_action_is_taken_by_its_major_version(workflow: str) -> None:
    actions = re.findall(r"uses: (\S+)", workflow)

    assert actions
    assert [action for action in actions if not BY_MAJOR.fullmatch(action)] == []
