"""The shell behind a terminal is waited for, and taken for one only when it has done what was typed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box.carrier.at_terminal import terminal
from ssh_transport.box.carrier.at_terminal.terminal import LOST, NO_SHELL, NO_STTY, NOTHING, Terminal
from ssh_transport.box.carrier.at_terminal.ways import Broken, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Leads = Callable[[str], Terminal]


@pytest.fixture
def leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leads]:
    """Have an `ssh` that leads to a script."""
    monkeypatch.setattr(terminal, "_QUIET_S", 0.02)
    monkeypatch.setattr(terminal, "_AGAIN_S", 0.1)
    monkeypatch.setattr(terminal, "_SPEECHLESS_S", 0.5)
    made: list[Terminal] = []

    def lead(script: str) -> Terminal:
        program = tmp_path / "ssh"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        made.append(Terminal([str(program)]))
        return made[-1]

    yield lead
    for one in made:
        one.end()
        with one._ssh:
            pass


def test_a_menu_is_no_shell(leads: Leads) -> None:
    """What it shows is told, without what was typed."""
    there = leads("echo 'a) logs  b) quit'; while read -r line; do echo \"$line\"; echo 'a or b?'; done")

    with pytest.raises(Refused) as caught:
        there.becomes_plain()

    first, *shown, why = str(caught.value).splitlines()
    assert (first, why) == ("it shows:", NO_SHELL)
    assert {"a) logs  b) quit", "a or b?"} == set(shown)


def test_silence_is_no_shell(leads: Leads) -> None:
    with pytest.raises(Refused, match=NO_SHELL):
        leads("exec sleep 60").becomes_plain()


def test_a_flood_is_no_shell(leads: Leads) -> None:
    with pytest.raises(Refused, match=NO_SHELL):
        leads("exec yes").becomes_plain()


def test_a_farewell_is_told(leads: Leads) -> None:
    with pytest.raises(Refused) as caught:
        leads("echo stopped; exit 3").becomes_plain()

    assert str(caught.value) == f"it shows:\nstopped\n{NOTHING}"


def test_what_breaks_before_the_shell_is_there_is_no_fault_of_the_shell(leads: Leads) -> None:
    with pytest.raises(Broken):
        leads(f"echo Welcome; exit {LOST}").becomes_plain()


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Where `sh` is, and nothing else."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    return tmp_path / "bin"


def test_a_shell_without_stty_is_refused(leads: Leads, tools: Path) -> None:
    with pytest.raises(Refused, match=NO_STTY):
        leads(f"PATH={tools} exec sh").becomes_plain()


def test_what_comes_behind_the_token_is_kept(leads: Leads, tools: Path) -> None:
    (tools / "stty").write_text("#!/bin/sh\n")
    (tools / "stty").chmod(0o755)
    there = leads(f"echo Welcome; PATH={tools} exec sh")

    came = there.becomes_plain()
    there.write(b"noise\n#printf behind\n")
    while (more := there.comes(10)) and len(came) < len("behind"):
        came += more

    assert came == b"behind"


def test_an_echo_is_no_token(leads: Leads) -> None:
    """It comes in two halves, and only a shell makes one of them."""
    with pytest.raises(Refused, match=NO_SHELL):
        leads("exec cat").becomes_plain()


def test_a_signal_that_comes_while_ssh_starts_ends_it_too(tmp_path: Path) -> None:
    """Else it is left behind, with nobody who would end it."""
    early = (
        "import os, signal, sys\n"
        "from ssh_transport.box.carrier.at_terminal import program\n"
        "class Early:\n"
        "    def __init__(self, words):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    def end(self):\n"
        "        print('ended', flush=True)\n"
        "program.Terminal = Early\n"
        "sys.argv = ['program', 'clean', 'ssh', 'box', 'true']\n"
        "sys.exit(program.main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", early], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (ended.stdout, ended.returncode) == ("ended\n", LOST), ended.stderr
