"""A prompt that is broken off gives the terminal back as it was."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import termios
from typing import TYPE_CHECKING

from tests.support.processes import until

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

LFLAGS = 3


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
