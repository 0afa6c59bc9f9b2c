"""One link for one command after another, with a shell on this machine in the place of `ssh`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.link import Link
from tests.support.processes import until
from tests.support.striped import DEADLINE_S, STRIPE, is_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

PROGRAM = (sys.executable, "-I", "-S", STRIPE)
WAITS_FOR_A_LINE = ("sh", "-c", 'echo; IFS= read -r line && eval "$line"')


@dataclass
class Standing:
    """The link, and what starts calls over it."""

    near: subprocess.Popen[bytes]
    control: socket.socket

    def calls(self, command: str, streams: tuple[int, ...] = (), *, is_last: bool = False) -> subprocess.Popen[bytes]:
        order = json.dumps({"control": self.control.fileno(), "streams": streams, "is_last": is_last})
        return subprocess.Popen(
            [*PROGRAM, "-l", "me", "host", command],
            env={**os.environ, "SSH_TRANSPORT_CALL": order},
            pass_fds=[self.control.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def runs(self, command: str, stdin: bytes = b"", streams: tuple[int, ...] = ()) -> tuple[int, bytes, bytes]:
        with self.calls(command, streams) as call:
            stdout, stderr = call.communicate(stdin, timeout=DEADLINE_S)
            return call.returncode, stdout, stderr


@pytest.fixture
def stands(tmp_path: Path) -> Iterator[Callable[..., Standing]]:
    """Start a link; more of its order as keyword arguments."""
    fake = tmp_path / "ssh"
    fake.write_text(f'#!/bin/sh\necho login >> {tmp_path}/logins\nfor command; do :; done\nexec sh -c "$command"\n')
    fake.chmod(0o755)
    with contextlib.ExitStack() as stack:

        def start(**order: Any) -> Standing:
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            lent = [fd for reader, writer, _ in order.get("lent", ()) for fd in (reader, writer)]
            whole = {"ssh": [str(fake), "host"], "control": theirs.fileno(), "streams": 1, "most": 1, **order}
            with theirs:
                near = subprocess.Popen(
                    PROGRAM,
                    env={**os.environ, "SSH_TRANSPORT_LINK": json.dumps(whole)},
                    pass_fds=[theirs.fileno(), *lent],
                    stdin=subprocess.DEVNULL,
                )
            stack.callback(near.wait, DEADLINE_S)
            stack.callback(near.terminate)
            return Standing(near, ours)

        yield start


@contextlib.contextmanager
def lent(argv: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as login:
        assert login.stdin
        assert login.stdout
        yield login.stdout.fileno(), login.stdin.fileno(), login.pid
        login.stdin.close()
        login.kill()


def logins(place: Path) -> int:
    return len((place / "logins").read_text().split()) if (place / "logins").exists() else 0


def test_each_command_has_its_own_streams_and_code(stands: Callable[..., Standing]) -> None:
    link = stands()
    sent = os.urandom(3_000_000)

    assert link.runs("cat; echo all of it >&2; exit 7", sent) == (7, sent, b"all of it\n")
    assert link.runs("exec <&-; echo unread", sent) == (0, b"unread\n", b"")
    assert link.runs("cat", b"mine\n") == (0, b"mine\n", b"")
    assert link.runs("kill -9 $$") == (255, b"", b"")
    assert link.runs("echo $0 >&2")[0] == 0


def test_after_the_last_call_both_ends_are_gone_and_one_that_failed_is_not_the_last(
    stands: Callable[..., Standing],
) -> None:
    link = stands()
    with link.calls("echo $PPID; exit 3", is_last=True) as failed:
        owner = int(failed.communicate(timeout=DEADLINE_S)[0])
    with link.calls("cat", is_last=True) as last:
        said = last.communicate(b"x" * 1_000_000, timeout=DEADLINE_S)[0]

    assert (failed.returncode, last.returncode, said) == (3, 0, b"x" * 1_000_000)
    link.near.wait(DEADLINE_S)
    until(lambda: not Path(f"/proc/{owner}").exists())


def test_all_go_over_the_logins_of_the_first_and_more_are_made_on_request(
    stands: Callable[..., Standing], tmp_path: Path
) -> None:
    link = stands()
    owners = {link.runs("echo $PPID")[1] for _ in range(3)}
    before = logins(tmp_path)
    link.runs("true", streams=(3, 3))
    until(lambda: logins(tmp_path) == 3)

    assert (len(owners), before) == (1, 1)
    assert link.runs("echo $PPID")[1] in owners


def test_a_login_that_was_lent_is_used_and_none_is_made(stands: Callable[..., Standing], tmp_path: Path) -> None:
    with lent(WAITS_FOR_A_LINE) as first, lent(WAITS_FOR_A_LINE) as second:
        link = stands(lent=[first, second], streams=2, most=2)

        assert link.runs("echo there") == (0, b"there\n", b"")
        assert logins(tmp_path) == 0


def test_where_what_was_lent_comes_to_nothing_we_log_in(stands: Callable[..., Standing], tmp_path: Path) -> None:
    with lent(("true",)) as first, lent(WAITS_FOR_A_LINE) as second:
        link = stands(lent=[first, second])

        assert link.runs("cat", b"through\n") == (0, b"through\n", b"")
        assert logins(tmp_path) >= 1


def test_a_far_end_that_was_never_heard_of_ends_at_once(stands: Callable[..., Standing], tmp_path: Path) -> None:
    """It runs what it was sent before it greeted; its connection ends, and we begin anew with another."""
    log = tmp_path / "owners"
    dumb = f"""
    IFS= read -r line
    exec 3<&0
    eval "$line" <&3 >/dev/null &
    until [ -s {log} ]; do sleep 0.02; done
    """
    with lent(("sh", "-c", dumb)) as first:
        call = stands(lent=[first]).calls(f"echo $PPID >>{log}; exec sleep 100")
        until(lambda: log.exists() and len(log.read_text().split()) == 2)
        former, owner = map(int, log.read_text().split())

        until(lambda: not is_alive(former))
        assert is_alive(owner)
        call.terminate()
        call.communicate(timeout=DEADLINE_S)


def test_a_reset_before_the_greeting_leaves_one_far_end_on_the_box(
    stands: Callable[..., Standing], box: Sshd, person: Person, tmp_path: Path
) -> None:
    """By a real `ssh` to a real sshd: the first Python there can't be heard."""
    log, python = tmp_path / "owners", tmp_path / "python"
    python.write_text(f'#!/bin/sh\n[ -s {log} ] || exec >/dev/null\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with Link(box.port) as way:
        person.adds_alias("far", way.port, box.user)
        known = person.ssh / "known_hosts"
        known.write_text(f"far-1 {box.host_key_line}\n")
        ssh = (
            "ssh",
            "-F",
            str(person.ssh / "config"),
            "-o",
            f"UserKnownHostsFile={known}",
            "-o",
            "BatchMode=yes",
            "far-1",
        )
        with lent((*ssh, WAITS_FOR_A_LINE[-1].removeprefix("echo; "))) as first:
            call = stands(ssh=ssh, lent=[first], python=str(python)).calls(f"echo $PPID >>{log}; exec sleep 100")
            until(lambda: log.exists() and bool(log.read_text()))
            way.cut()
            until(lambda: len(log.read_text().split()) == 2)
            former, owner = map(int, log.read_text().split())

            until(lambda: not is_alive(former))
            assert is_alive(owner)
            call.terminate()
            call.communicate(timeout=DEADLINE_S)


def test_a_first_login_may_take_longer_than_an_outage(stands: Callable[..., Standing]) -> None:
    with lent(("sh", "-c", 'sleep 1; IFS= read -r line && eval "$line"')) as first:
        assert stands(lent=[first], grace_s=0.1).runs("echo there") == (0, b"there\n", b"")


def test_a_lane_that_dies_between_two_commands_is_replaced(stands: Callable[..., Standing], tmp_path: Path) -> None:
    # With something in between, as `ssh` is: the owner has the helper's own ends.
    between = ("sh", "-c", 'cat | "$@" | cat', "sh", *WAITS_FOR_A_LINE)
    with lent(between) as (reader, writer, group):
        link = stands(lent=[(reader, writer, group)])
        owner = link.runs("echo $PPID")[1]
        os.killpg(group, signal.SIGKILL)

        assert link.runs("echo $PPID") == (0, owner, b"")
        assert logins(tmp_path) == 1


@pytest.mark.parametrize("whose", ["caller", "link"])
def test_who_ends_takes_the_command_and_the_link_along(stands: Callable[..., Standing], whose: str) -> None:
    link = stands()
    call = link.calls("echo $$; exec sleep 100")
    assert call.stdout
    command = int(call.stdout.readline())
    (call if whose == "caller" else link.near).terminate()
    call.communicate(timeout=DEADLINE_S)

    until(lambda: not is_alive(command))
    assert link.near.wait(DEADLINE_S) == 255
    assert call.returncode == (-signal.SIGTERM if whose == "caller" else 255)
    assert link.runs("true")[0] == 255


def test_an_owner_that_is_killed_is_told_to_the_caller(stands: Callable[..., Standing]) -> None:
    link = stands()
    call = link.calls("echo $PPID; exec sleep 100")
    assert call.stdout
    os.kill(int(call.stdout.readline()), signal.SIGKILL)
    stdout, stderr = call.communicate(timeout=DEADLINE_S)

    assert (call.returncode, stdout) == (255, b"")
    assert b"the command is no longer there" in stderr


def test_an_owner_without_a_command_waits_for_no_grace_period(stands: Callable[..., Standing]) -> None:
    """All our programs die in one moment, so none says goodbye; there is nothing that it would have to keep."""
    link = stands(stall_s=0.5)
    owner = int(link.runs("echo $PPID")[1])
    link.near.kill()

    until(lambda: not is_alive(owner))


def test_a_box_that_sends_what_nobody_asked_for_is_refused(stands: Callable[..., Standing]) -> None:
    """A second end of the stream."""
    box = f"""
import os, sys
sys.path[:0] = [{STRIPE!r}]
from frame import EOF, GREETING, head
told = b""
while b"a command" not in told:
    told += os.read(0, 1 << 16)
os.write(1, GREETING + head(EOF, 0, 0) + head(EOF, 1, 0))
os.read(0, 1)
"""
    with lent((sys.executable, "-c", box)) as first:
        code, stdout, stderr = stands(lent=[first]).runs("a command")

    assert (code, stdout) == (91, b"")
    assert stderr == b"ssh-transport: the box does not speak our protocol: a frame of kind 3 behind the end\n"


def test_when_nobody_is_left_to_ask_it_ends_politely(stands: Callable[..., Standing]) -> None:
    """Without a traceback, and the far end at once."""
    link = stands()
    owner = int(link.runs("echo $PPID")[1])
    link.control.close()

    assert link.near.wait(DEADLINE_S) == 255
    until(lambda: not is_alive(owner))
