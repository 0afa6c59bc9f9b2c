"""A box that gives nothing but a terminal, and a machine without an `ssh`: refused with the reason."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.support.any_box import known
from tests.support.terminals import terminal_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person


def without_ssh(tmp_path: Path) -> str:
    """Return a `PATH` where all is but `ssh`."""
    place = tmp_path / "programs"
    place.mkdir()
    for tool in ("rsync", "sh", "sha256sum", "python3"):
        (place / tool).symlink_to(shutil.which(tool) or tool)
    return str(place)


def test_without_an_ssh_here_the_reason_is_said(tmp_path: Path, person: Person) -> None:
    """Paramiko finds the shell that is at the terminal, which is no reason to say that there is none."""
    with known(terminal_only(tmp_path / "box"), person):
        said = person.types("fab", "-H", "proj-1", "keys.push", env={"PATH": without_ssh(tmp_path)})

    assert said.exit_code == 16, said.stderr
    assert "error: `proj-1` runs commands at a terminal only" in said.stderr
    assert "goes by `ssh`, and this machine has none" in said.stderr


def test_without_an_ssh_here_a_box_without_a_shell_is_none_at_a_terminal(tmp_path: Path, person: Person) -> None:
    with known(terminal_only(tmp_path / "box", "echo This pod is stopped"), person):
        said = person.types("fab", "-H", "proj-1", "keys.push", env={"PATH": without_ssh(tmp_path)})

    assert said.exit_code == 16, said.stderr
    assert "runs commands at a terminal only" not in said.stderr
