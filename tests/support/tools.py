"""A box that lacks programs which this machine has, or does something else with a command."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.sshd import Sshd


def only_has(box: Sshd, *tools: str) -> None:
    """Let the box have these programs besides what every box has, and no others."""
    place = box.home.parent / "tools"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    basic = [
        "sh",
        "awk",
        "cat",
        "cut",
        "dd",
        "head",
        "id",
        "mkdir",
        "mktemp",
        "mv",
        "readlink",
        "rm",
        "sed",
        "sha256sum",
        "stat",
        "sync",
        "tr",
        "wc",
    ]
    for tool in (*basic, *tools):
        (place / tool).symlink_to(shutil.which(tool) or "/missing")
    forced = box.home.parent / "forced_command"
    lines = forced.read_text().splitlines()
    lines[1] = f"export PATH={place}"
    forced.write_text("\n".join(lines) + "\n")


def says(box: Sshd, old: str, new: str) -> None:
    """Change what the box does before a command, or with one."""
    forced = box.home.parent / "forced_command"
    text = forced.read_text()
    assert old in text
    forced.write_text(text.replace(old, new, 1))


def runs_nothing(box: Sshd) -> None:
    """Let the box run no command, and no shell at a terminal either: SFTP is all that it has."""
    says(box, '"") exec sh', '"") exit 1; exec sh')
    says(box, "*) eval", "*) echo no commands here; exit 1; eval")
