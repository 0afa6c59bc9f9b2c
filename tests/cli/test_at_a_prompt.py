"""Who leaves a prompt by Ctrl-C is told in a line of its own, whatever asked; and modules are kept compiled."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person

CTRL_C = b"\x03"


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        (("secrets.push", "mine", "--on=proj-1"), b"value for mine: "),
        (("keys.generate", "--path=key", "--passphrase"), b"passphrase for the new key: "),
        (("--prompt-for-passphrase", "-H", "proj-1", "keys.check"), b"unlocking SSH keys: "),
    ],
)
def test_ctrl_c_at_a_prompt_ends_cleanly(words: tuple[str, ...], asks: bytes, person: Person) -> None:
    person.adds_alias("proj-1", 1)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", *person.argv("ssh-transport", *words)],
        cwd=person.home,
        env=person.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as program:
        os.close(theirs)
        shown = b""
        # A terminal without a program fails: EIO, pty(7).
        with contextlib.suppress(OSError):
            while asks not in shown:
                shown += os.read(ours, 1 << 12)
            os.write(ours, CTRL_C)
            while piece := os.read(ours, 1 << 12):
                shown += piece
    os.close(ours)
    behind = shown.decode().partition(asks.decode())[2].splitlines()

    assert program.returncode == 130
    assert behind[0].strip() in {"", "^C"}
    assert "stopped" in behind[1]
    assert "Traceback" not in shown.decode()


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
