"""What a type checker and an editor see of the tasks is what is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from docs import calls, stubs

if TYPE_CHECKING:
    from pathlib import Path

CHECKOUT = stubs.PLACE.parents[1]
# Fabric has no types; and overloads for a dry run overlap with those that leave it out.
SETTINGS = """[mypy]
strict = true
ignore_missing_imports = true
follow_imports = silent
implicit_reexport = true
disable_error_code = overload-overlap
"""
HEAD = """from invoke.context import Context

from ssh_transport.tasks import config, hygiene, keys, secrets, transfer

c = Context()
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package as it is imported, and as a type checker sees it."""
    place = tmp_path_factory.mktemp("face")
    for name, tasks in (("seen", stubs.PLACE / "tasks"), ("there", CHECKOUT / "tasks")):
        shutil.copytree(CHECKOUT / "src" / "ssh_transport", place / name / "ssh_transport")
        shutil.copytree(tasks, place / name / "ssh_transport" / "tasks")
    (place / "mypy.ini").write_text(SETTINGS)
    return place


def run(place: Path, *words: str) -> str:
    """Return what mypy or a program of it complains of."""
    environment = os.environ | {"PYTHONPATH": "there", "MYPYPATH": "seen"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_function_and_argument_is_there(place: Path) -> None:
    """By mypy's stubtest."""
    assert run(place, "mypy.stubtest", "--concise", "--mypy-config-file=mypy.ini", "ssh_transport.tasks") == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_calls_of_the_pages_have_types_that_fit(place: Path) -> None:
    """Those that the page of each task shows."""
    examples = json.loads(stubs.EXAMPLES.read_text(encoding="utf-8"))
    lines = [calls.call(example["typed"]) for example in examples.values()]
    (place / "runbook.py").write_text("\n".join([HEAD, *lines, ""]))

    assert run(place, "mypy", "--config-file=mypy.ini", "runbook.py") == ""
