"""What becomes of the two ends of a striped link, with a shell on this machine in the place of `ssh`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.errors import symptoms
from ssh_transport.link.stripe.bootstrap import _FIRST as FIRST
from ssh_transport.link.stripe.bootstrap import sent_first
from tests.support.processes import until
from tests.support.striped import DEADLINE_S, STRIPE, children

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
                pass_fds=[order["status"]] if "status" in order else [],
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


# Lets so many in, and one more whenever there is a file that says so; the others hear what is in `no`.
SOON_S = 20
DOOR = """#!/bin/sh
echo >>{place}/tried
[ $(wc -l <{place}/tried) -le 2 ] || [ -e {place}/yes ] || { cat {place}/no >&2; exit 255; }
# As behind `ssh`, the far end has no pipe of ours.
cat | sh -c "$4" | cat
"""


@pytest.fixture
def door(tmp_path: Path, link: Link) -> Path:
    """Where the door that the link's `ssh` comes to has its files."""
    (tmp_path / "ssh").write_text(DOOR.replace("{place}", str(tmp_path)))
    (tmp_path / "no").write_text("")
    (tmp_path / "tried").touch()
    return tmp_path


def up(near: subprocess.Popen[bytes], status: Path, lanes: int = 2) -> None:
    """Wait until a command runs over so many lanes."""
    until(lambda: near.poll() is not None or (told(status) and len(told(status)[-1]["lanes"]) == lanes))
    assert near.poll() is None, near.communicate()


def told(status: Path) -> list[Any]:
    return [json.loads(line) for line in status.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def drop(near: subprocess.Popen[bytes]) -> None:
    for ssh in children(near.pid):
        os.killpg(ssh, signal.SIGKILL)


@pytest.mark.parametrize(
    "words",
    [
        "me@host: Permission denied (publickey).\n",
        "Host key verification failed.\n",
        "Unable to negotiate with 203.0.113.7 port 22: no matching cipher found. Their offer: 3des-cbc\n",
    ],
    ids=["key", "host key", "algorithms"],
)
def test_a_refusal_that_cannot_heal_ends_the_link_at_once(words: str, link: Link, door: Path) -> None:
    status = door / "status"
    with status.open("wb") as file:
        near = link("exec sleep 100", streams=2, most=2, status=file.fileno(), for_good=symptoms.for_good())
        up(near, status)
        (door / "no").write_text(words)
        drop(near)
        _, stderr = near.communicate(timeout=DEADLINE_S)
    assert near.returncode == 255
    assert words in stderr.decode()
    assert len((door / "tried").read_bytes()) <= 4


def test_a_login_that_failed_is_no_lane_that_came_back(link: Link, door: Path) -> None:
    status = door / "status"
    with status.open("wb") as file:
        near = link("exec sleep 100", streams=2, most=2, status=file.fileno())
        up(near, status)
        (door / "no").write_text("Connection closed by 127.0.0.1 port 22\n")
        drop(near)
        until(lambda: len((door / "tried").read_bytes()) > 5)
        (door / "yes").touch()
        until(lambda: told(status)[-1]["heals"] > 1 and len(told(status)[-1]["lanes"]) == 2)
        near.terminate()
        near.communicate(timeout=DEADLINE_S)
    assert told(status)[-1]["heals"] == 2


def test_a_helper_that_came_too_late_does_not_wait_for_what_is_gone() -> None:
    """Its connection ended while it waited for the far end, which another lane was to start."""
    order = {"token": "00", "name": "ssh-transport-stripe-none", "patience_s": 60, "start": False}
    words = [sys.executable, "-I", "-S", "-c", FIRST]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as helper:
        assert helper.stdin is not None
        assert helper.stdout is not None
        helper.stdin.write(sent_first(order))
        helper.stdin.close()
        helper.stdout.close()
        assert helper.wait(SOON_S) != 0
