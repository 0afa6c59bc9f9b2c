"""Who leaves a prompt by Ctrl-C is told in a line of its own, whatever asked; and modules are kept compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.at_a_terminal import answers

if TYPE_CHECKING:
    from tests.support.person import Person

CTRL_C = "\x03"


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        (("secrets.push", "mine", "--on=proj-1"), "value for mine: "),
        (("keys.generate", "--path=key", "--passphrase"), "passphrase for the new key: "),
        (("--prompt-for-passphrase", "-H", "proj-1", "keys.check"), "unlocking SSH keys: "),
    ],
)
def test_ctrl_c_at_a_prompt_ends_cleanly(words: tuple[str, ...], asks: str, person: Person) -> None:
    person.adds_alias("proj-1", 1)
    said = answers(person, ("ssh-transport", *words), asks, CTRL_C)
    behind = said.stdout.partition(asks)[2].splitlines()

    assert said.exit_code == 130
    assert behind[0].strip() in {"", "^C"}
    assert "stopped" in behind[1]
    assert "Traceback" not in said.stdout


@pytest.mark.parametrize("is_allowed", [True, False])
def test_what_a_task_imports_is_kept_compiled_unless_the_person_has_it_otherwise(
    is_allowed: bool, person: Person, tmp_path: Path
) -> None:
    """Invoke compiles anew at each start what comes after its flags."""
    environment = {**person.environment, "PYTHONPYCACHEPREFIX": str(tmp_path / "kept")}
    environment |= {} if is_allowed else {"PYTHONDONTWRITEBYTECODE": "1"}
    if is_allowed:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = Path(sys.executable).with_name("ssh-transport")
    subprocess.run([program, "config.list"], env=environment, check=True, cwd=person.home, capture_output=True)
    # It is imported by the task.
    kept = [*(tmp_path / "kept").rglob("alias.cpython-*.pyc")]

    assert bool(kept) == is_allowed
