"""What becomes of the two ends of a striped link, with a shell on this machine in the place of `ssh`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_stripe import DEADLINE_S, STRIPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Link = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    """Start our end for a command of the far end; more of the order as keyword arguments."""
    fake = tmp_path / "ssh"
    # -l USER HOST COMMAND
    fake.write_text('#!/bin/sh\nexec sh -c "$4"\n')
    fake.chmod(0o755)
    started: list[subprocess.Popen[bytes]] = []

    def start(command: str, **order: Any) -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-I", "-S", STRIPE, "-l", "me", "host", command],
                env={**os.environ, "SSH_TRANSPORT_LINK": json.dumps({"ssh": [str(fake)], **order})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=DEADLINE_S)


def write_for_ever(fd: int) -> None:
    while True:
        os.write(fd, bytes(1 << 16))


def test_both_directions_end_on_their_own_and_the_status_comes_last(link: Link) -> None:
    near = link("cat; echo all of it >&2; exit 7")
    sent = os.urandom(3_000_000)
    stdout, stderr = near.communicate(sent, timeout=DEADLINE_S)
    assert (near.returncode, stdout, stderr) == (7, sent, b"all of it\n")


def test_a_command_learns_that_nobody_reads_it(link: Link) -> None:
    near = link("yes; echo $? >&2")
    assert near.stdout is not None
    assert near.stderr is not None
    near.stdout.read(100)
    near.stdout.close()
    # 128 and SIGPIPE, as a shell has it, or what `yes` makes of a refused write.
    assert near.stderr.readline() in {b"141\n", b"yes: standard output: Broken pipe\n"}


def test_we_learn_that_a_command_reads_no_more(link: Link) -> None:
    near = link("exec 0<&-; sleep 1; exit 3")
    assert near.stdin is not None
    with pytest.raises(BrokenPipeError):
        write_for_ever(near.stdin.fileno())
    near.communicate(timeout=DEADLINE_S)
    assert near.returncode == 3


def test_a_far_end_that_is_gone_is_not_waited_for(link: Link) -> None:
    """Killed, or rebooted: nothing could go on where it was."""
    near = link("echo $PPID; exec sleep 100")
    assert near.stdout is not None
    os.kill(int(near.stdout.readline()), signal.SIGKILL)
    _, stderr = near.communicate(timeout=DEADLINE_S)
    assert near.returncode == 255
    assert b"the command is no longer there" in stderr


def test_a_first_lane_that_comes_to_nothing_is_told(link: Link) -> None:
    near = link("true", python="false")
    _, stderr = near.communicate(timeout=DEADLINE_S)
    assert near.returncode == 255
    assert stderr == b"ssh-transport: the far end did not start: exit code 1\n"
