"""A command on a box over connections that heal: what it says arrives, how it ended is told, and it ends with us."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ssh_transport.link.stripe
from ssh_transport.errors import CommandFailed, NoSuchPath
from ssh_transport.link.healing import healing
from ssh_transport.link.persist import Dropped
from ssh_transport.link.remote_shell import RemoteShell
from ssh_transport.link.streams import Streams
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.progress import Progress
from tests.support.processes import programs_of, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from tests.support.sshd import Sshd

STRIPE = str(Path(ssh_transport.link.stripe.__file__).parent).encode()
SLEEPS = "echo begun; while :; do sleep 0.1; done"


def near() -> int:
    """Return the process of our end."""
    ours = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    (found,) = {
        int(pid)
        for task in ours
        for pid in task.read_text().split()
        if STRIPE in Path(f"/proc/{pid}/cmdline").read_bytes()
    }
    return found


@pytest.fixture
def link(there: Box) -> RemoteShell:
    return RemoteShell(there, Streams(2, 2), sys.executable, TransferSettings())


def runs(there: Box, link: RemoteShell, script: str, *words: str) -> bytes:
    with healing(link, lambda: None) as run:
        return b"".join(run(there, script, *words, silence_s=40))


def test_what_a_command_says_arrives_whole_whatever_login_scripts_print(
    there: Box, link: RemoteShell, box: Sshd
) -> None:
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("cd ", "echo welcome\ncd ", 1))
    said = runs(there, link, 'printf %s "$1"; head -c 3000000 /dev/zero', "it's\n")
    assert said == b"it's\n" + bytes(3_000_000)


def test_how_a_command_ends_is_told_as_over_the_open_connection(there: Box, link: RemoteShell) -> None:
    with pytest.raises(NoSuchPath):
        runs(there, link, "ls /not/there")
    with pytest.raises(CommandFailed, match="exit code 7"):
        runs(there, link, "exit 7")


def test_where_no_connection_can_be_made_the_open_one_is_used_and_it_is_said(
    there: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    without_python = RemoteShell(there, Streams(2, 2), "/not/there/python", TransferSettings())
    assert runs(there, without_python, "echo here") == b"here\n"
    told = capsys.readouterr().err
    assert "no connections that heal: no /not/there/python of at least 3.8 on the box" in told
    assert "; goes over the open connection instead" in told


def test_leaving_ends_the_command_at_once(there: Box, link: RemoteShell, box: Sshd) -> None:
    with healing(link, lambda: None) as run:
        assert next(begun(run(there, SLEEPS, silence_s=40))) == b"begun\n"
        assert programs_of(box.home)
    until(lambda: not programs_of(box.home))


def test_a_sigkill_of_ours_leaves_nothing_on_the_box_after_the_grace_period(
    there: Box, link: RemoteShell, box: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = RemoteShell._order
    monkeypatch.setattr(RemoteShell, "_order", lambda *args: {**plain(*args), "grace_s": 1})
    with healing(link, lambda: None) as run:
        said = begun(run(there, SLEEPS, silence_s=40))
        assert next(said) == b"begun\n"
        os.kill(near(), signal.SIGKILL)
        with pytest.raises(Dropped):
            next(said)
        until(lambda: not programs_of(box.home))


def test_a_command_that_is_stuck_is_given_up(there: Box, link: RemoteShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections are up, and it says nothing."""
    monkeypatch.setattr("ssh_transport.link.healing._NOTICED_S", 0)
    with healing(link, lambda: link.meter.show(Progress())) as run:
        said = begun(run(there, "echo begun; exec sleep 1000", silence_s=2))
        assert next(said) == b"begun\n"
        with pytest.raises(Dropped) as caught:
            next(said)
    assert caught.value.cause == "silent for 2 s"


def begun(said: Iterator[bytes]) -> Iterator[bytes]:
    return filter(None, said)
