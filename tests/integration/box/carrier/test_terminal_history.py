"""What is typed at a terminal is in no history, but for one line that says nothing; a secret is in none at all."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.any_box import known
from tests.support.leak_watch import LeakWatch, files_with, new_temporary_files_with
from tests.support.processes import end
from tests.support.terminals import terminal_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person


class History(NamedTuple):
    """A shell, how its start-up file has it keep a history, and whether the line that is typed is in that."""

    shell: str
    file: str
    text: str
    keeps: bool


_ZSH = "HISTFILE=~/.zsh_history SAVEHIST=100 HISTSIZE=100; setopt "
HISTORIES = {
    "bash at its end": History("bash -i", ".bashrc", "HISTFILE=~/.bash_history\n", keeps=False),
    "bash before each prompt": History("bash -i", ".bashrc", "PROMPT_COMMAND='history -a'\n", keeps=False),
    "bash before each command": History("bash -i", ".bashrc", "HISTCONTROL=; trap 'history -a' DEBUG\n", keeps=True),
    "zsh at its end": History("zsh -i", ".zshrc", f"{_ZSH} APPEND_HISTORY\n", keeps=False),
    "zsh at once": History("zsh -i", ".zshrc", f"{_ZSH} INC_APPEND_HISTORY\n", keeps=True),
    "zsh shared": History("zsh -i", ".zshrc", f"{_ZSH} SHARE_HISTORY\n", keeps=True),
    "zsh shared without spaces": History("zsh -i", ".zshrc", f"{_ZSH} SHARE_HISTORY HIST_IGNORE_SPACE\n", keeps=False),
    "fish": History("fish -i", ".fish", "", keeps=False),
    "ksh": History("ksh -i", ".kshrc", "", keeps=True),
    "tcsh": History("tcsh", ".tcshrc", "set history=100 savehist=100\n", keeps=True),
}


@pytest.fixture(autouse=True)
def _ends_with_it(tmp_path: Path) -> Iterator[None]:
    """`script` outlives the terminal that it was started at, and its shell with it."""
    yield
    end(tmp_path)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_secret_is_nowhere_but_in_its_file(history: History, tmp_path: Path, person: Person) -> None:
    """Neither on the screen nor in a history, in no words, no environment, no other file, on neither machine."""
    value, since_s = os.urandom(20).hex(), time.time()
    # What `script` writes is all that was on the screen, at a terminal of its own.
    words = f'script -q -a -f -c "{history.shell}" "$HOME/screen"'
    with known(terminal_only(tmp_path / "box", words), person) as box:
        (box.home / history.file).write_text(history.text)
        with LeakWatch(value.encode()) as watch:
            said = person.types("inv", "secrets.push", "mine", "--on=proj-1", "--trust-new", stdin=f"{value}\n")
        assert said.exit_code == 0, said.stderr
        assert (box.home / ".mine_key").read_text() == f"{value}\n"
        assert (box.home / "screen").read_bytes().count(b"Script started") > 2
        assert files_with(value.encode(), tmp_path, [box.home / ".mine_key"]) == []
        # What is kept is the line that says nothing, and none besides.
        kept = b"".join(path.read_bytes() for path in box.home.glob(".*history") if path.is_file())
        assert (b" unset HISTFILE" in kept.replace(b"\n", b" ")) == history.keeps
        assert all(word not in kept for word in (b".mine_key", b"mktemp", b"while [ "))

    assert watch.findings == set()
    assert watch.samples > 0
    assert new_temporary_files_with(value.encode(), since_s, tmp_path) == []
