"""A shell takes script after script: each has its own answer, its own end, and leaves nothing to the next."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import script
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.carrier.resting import Resting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELLS = ("dash", "bash", "busybox")
TOKEN = "0123456789abcdef" * 2


class Shell:
    """One shell, and how often a script has left it for another."""

    def __init__(self, name: str, home: Path) -> None:
        self.rests = 0
        argv = ["busybox", "sh", "-c"] if name == "busybox" else [name, "-c"]
        self.session = Resting(partial(Spawned, [*argv, script.LINE], {**os.environ, "HOME": str(home)}), self._rests)

    def _rests(self, _: Resting) -> bool:
        self.rests += 1
        return True

    def says(self, text: str, *words: str) -> tuple[str, str, int]:
        """Return what a script says on both streams, and its exit code."""
        with self.session as session:
            assert session.outlives(TOKEN)
            marker, first = script.framed(text, words, end=TOKEN)
            session.feed(first, last=False)
            said = b"".join(session.pieces(None)).decode()
            code = session.wait()
            return said.partition(marker)[2], session.stderr.partition(marker)[2], code


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    made = Shell(request.param, tmp_path)
    yield made
    made.session.end()


def test_each_script_has_its_own_answer(shell: Shell) -> None:
    assert shell.says('printf "%s." "$@"; echo said >&2; exit 3', "one", "two\n") == ("one.two\n.", "said", 3)
    assert shell.says('echo "$#"; printf "no end of line"') == ("0\nno end of line", "", 0)
    assert shell.rests == 2


def test_a_script_leaves_nothing_to_the_next(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    shell.says("cd away; left=1; export left; umask 0; exec >/dev/null; trap 'echo trapped' EXIT")

    assert shell.says('echo "${left-gone}"; pwd -P') == (f"gone\n{tmp_path.resolve()}\n", "", 0)


def test_a_script_has_no_standard_input(shell: Shell) -> None:
    """It would read what the next one is sent."""
    assert shell.says("cat; echo end") == ("end\n", "", 0)


def test_what_only_looks_like_the_end_is_said(shell: Shell) -> None:
    begins = f"\\036{TOKEN[:7]}"

    said, _, code = shell.says(f"printf '{begins}'; sleep 0.1; printf ' and {begins}'")

    assert (said, code) == (f"\x1e{TOKEN[:7]} and \x1e{TOKEN[:7]}", 0)


def test_a_script_that_ends_its_shell_leaves_none_to_another(shell: Shell) -> None:
    _, _, code = shell.says("kill -9 $$")

    assert code != 0
    assert shell.rests == 0
    assert not shell.session.is_running


def test_who_stops_reading_leaves_no_shell_to_another(shell: Shell) -> None:
    with shell.session as session:
        session.outlives(TOKEN)
        session.feed(script.framed("while :; do echo more; done", (), end=TOKEN)[1], last=False)
        assert next(iter(session.pieces(None)))

    assert shell.rests == 0
    assert not shell.session.is_running


def test_an_end_that_is_none_leaves_no_shell_to_another(shell: Shell) -> None:
    """A box may say whatever it wants behind the token that it was sent."""
    said, _, _ = shell.says(f"printf '\\036%s%s12345\\n' {TOKEN[:5]} {TOKEN[5:]}; kill -9 $$")

    assert said == ""
    assert shell.rests == 0


@pytest.mark.parametrize("name", SHELLS)
def test_a_word_is_never_taken_for_a_script(name: str, tmp_path: Path) -> None:
    """A script may be killed before it has read all of them, and they may be names from a box."""
    one = Shell(name, tmp_path)
    one.session.feed(script.line("touch x; echo done") + script.line("exit"), last=True)
    with one.session as session:
        assert b"".join(session.pieces(None)) == b"\n"

    assert not (tmp_path / "x").exists()
