"""A prompt that is broken off gives the terminal back as it was."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

from demo.box import EmbeddedBox
from tests.support.at_a_terminal import answers
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

LFLAGS = 3
PASSWORD = "correct horse"


def echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[LFLAGS] & termios.ECHO)


def test_ctrl_c_at_a_passphrase_leaves_the_echo_on(box: Sshd, person: Person) -> None:
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(person.identity)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", *person.argv("inv", "keys.list", "--on=proj-1")],
        cwd=person.home,
        env=person.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as asking:
        until(lambda: not echoes(theirs))
        os.killpg(os.tcgetpgrp(ours), signal.SIGINT)
        code = asking.wait(60)

    assert echoes(theirs)
    assert code == 130
    os.close(ours)
    os.close(theirs)


ASKS = """
import termios, threading, time
from ssh_transport.terminal import prompt
echoes = lambda: bool(termios.tcgetattr(0)[3] & termios.ECHO)
asking = threading.Thread(target=lambda: prompt.answer("password:", hidden=True), daemon=True)
asking.start()
while echoes():
    time.sleep(0.01)
prompt.restore_echo(threading.current_thread())
print("another has ended:", echoes())
prompt.restore_echo(asking)
print("this one has ended:", echoes())
"""


def test_what_is_typed_for_one_box_stays_hidden_when_the_login_of_another_ends(person: Person) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "-c", ASKS],
        env=person.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as program:
        said, _ = program.communicate(timeout=60)

    assert said.splitlines() == ["another has ended: False", "this one has ended: True"]
    os.close(ours)
    os.close(theirs)


def test_no_password_of_several_boxes_is_on_the_screen(tmp_path: Path, person: Person) -> None:
    with contextlib.ExitStack() as stack:
        person.makes_key()
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            box = stack.enter_context(EmbeddedBox(home=tmp_path / str(number), password=PASSWORD))
            person.adds_alias(f"pw-{number}", box.port)
        said = answers(person, ["inv", "keys.push", "--on=pw-0,pw-1,pw-2"], "password for pw-", *[PASSWORD] * 3)

    assert said.exit_code == 0, said.stdout
    assert PASSWORD not in said.stdout


def test_a_key_with_a_passphrase_is_pushed_and_checked_by_whoever_can_unlock_it(box: Sshd, person: Person) -> None:
    """At a terminal it is asked for; without one it is said what was not tried."""
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSWORD, "-f", str(person.identity)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    for task in ("keys.push", "keys.check"):
        said = answers(person, ["inv", task, "--on=proj-1"], "passphrase for key", PASSWORD)
        assert said.exit_code == 0, said.stdout
        assert PASSWORD not in said.stdout
    refused = person.types("inv", "keys.check", "--on=proj-1")
    assert refused.exit_code == 13
    assert f"unlock it once: ssh-add {person.identity}, or add --prompt-for-passphrase" in refused.stderr
    looked = person.types("inv", "config.doctor", "--on=proj-1")
    assert "has a passphrase" in looked.stdout + looked.stderr
    assert "keys.push" not in looked.stdout
