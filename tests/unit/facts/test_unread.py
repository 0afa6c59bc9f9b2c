"""A file that may not be read is named, or cut, instead of being taken for one in which nothing was found."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from ssh_transport.facts.heads import EMIT, heads_of, unread_of

NOBODY = 65534


def test_a_file_that_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "open").write_text("TOKEN=1\n")
        (place / "closed").write_text("TOKEN=1\n")
        (place / "closed").chmod(0)
        script = f'token=t\n{EMIT}\nfor file; do emit_lines lines "$file" TOKEN; done'
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(place / "open"), str(place / "closed")],
            capture_output=True,
            check=True,
            user=NOBODY if os.geteuid() == 0 else None,
        )

    assert unread_of(done.stdout, "t") == [str(place / "closed")]
    assert [list(head.lines) for head in heads_of(done.stdout, "t")] == [[(1, b"TOKEN=1")], []]


@pytest.mark.parametrize("shell", [["dash"], ["bash"], ["busybox", "sh"], ["ksh"], ["zsh", "--emulate", "sh"]])
@pytest.mark.parametrize("program", ["head", "tr", "grep", "cut"])
def test_a_file_whose_search_fails_is_named(shell: list[str], program: str, tmp_path: Path) -> None:
    """The programs did well on what they were tried on; of a fault of the disk nobody else hears."""
    if not shutil.which(shell[0]):
        pytest.skip(f"no {shell[0]}")
    history = tmp_path / "history"
    history.write_text("a TOKEN=1\nb\nTOKEN=2\n")
    well, badly = (
        subprocess.run(
            [*shell, "-c", f'token=t\n{EMIT}\n{fault}\nemit_lines lines "$1" TOKEN', "sh", str(history)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        for fault in ("", f"{program}() {{ cat >/dev/null; return 2; }}")
    )

    (found,) = heads_of(well.stdout, "t")
    assert [*found.lines, found.is_cut] == [(1, b"a TOKEN=1"), (3, b"TOKEN=2"), False]
    assert unread_of(well.stdout, "t") == []
    assert unread_of(badly.stdout, "t") == [str(history)]


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("git config --global user.name someone\n" * 7000 + "TOKEN=1\n", False),
        ("x" * 60_000 + " TOKEN=1\n", False),
        ("git config --global user.name someone\n" * 20_000 + "TOKEN=1\n", True),
        ("config" + "x" * 70_000 + " TOKEN=1\n", True),
    ],
)
def test_a_long_history_is_searched_to_its_end_or_said_to_be_cut(text: str, is_cut: bool, tmp_path: Path) -> None:
    history = tmp_path / "history"
    history.write_text(text)
    script = f'token=t\n{EMIT}\nemit_lines lines "$1" "token|config"'

    done = subprocess.run(["sh", "-c", script, "sh", str(history)], capture_output=True, check=True)

    (found,) = heads_of(done.stdout, "t")
    assert (found.is_cut, b"TOKEN=1" in found.data) == (is_cut, not is_cut)
