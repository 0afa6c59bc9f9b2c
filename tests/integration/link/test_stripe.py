"""The striped link under a real rsync, over a real sshd: rsync notices nothing of what happens to the connections."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from array import array
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ssh_transport.link.stripe.bootstrap import NO_PYTHON
from tests.support.processes import until
from tests.support.striped import DEADLINE_S, Link, children, ended, is_alive, near_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

NOT_OURS = 91
MB = 1_000_000


@pytest.fixture
def link(box: Sshd, person: Person, tmp_path: Path) -> Iterator[Link]:
    options = {"BatchMode": "yes", "UserKnownHostsFile": person.ssh / "known_hosts", "IdentityFile": person.identity}
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    with tempfile.TemporaryFile() as counts, tempfile.TemporaryFile() as status:
        link = Link(["ssh", "-F", str(person.ssh / "config"), *words], tmp_path, counts, status)
        yield link
        for fd in link.lifeline:
            with contextlib.suppress(OSError):
                os.close(fd)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Fifty megabytes: one large file, many small ones."""
    top = tmp_path / "tree"
    (top / "deep" / "er").mkdir(parents=True)
    (top / "large.bin").write_bytes(os.urandom(45 * MB))
    for number in range(200):
        (top / "deep" / "er" / f"{number} small").write_bytes(os.urandom(number * 250))
    return top


def contents(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_a_connection_that_hangs_is_replaced_and_rsync_does_not_notice(link: Link, tree: Path) -> None:
    link.order |= {"stall_s": 1}
    target = link.place / "copy"
    with link.starts("--bwlimit=15M", f"proj-1:{tree}/", str(target)) as rsync:
        until(link.is_up)
        link.go.touch()
        until(lambda: link.received(5 * MB))
        hung = children(near_of(rsync))[1]
        os.kill(hung, signal.SIGSTOP)
        until(lambda: not is_alive(hung))
        assert ended(rsync) == (0, "")
    assert contents(target) == contents(tree)
    assert link.told()[-1]["heals"] >= 1
    # That there is one line in it says that rsync was started once.
    assert link.far()


@pytest.mark.parametrize("pull", [True, False], ids=["pull", "push"])
def test_a_tree_arrives_over_four_lanes_and_leaves_nothing_behind(link: Link, tree: Path, pull: bool) -> None:
    target = link.place / "copy"
    operands = (f"proj-1:{tree}/", str(target)) if pull else (f"{tree}/", f"proj-1:{target}")
    with link.starts("--bwlimit=40M", *operands) as rsync:
        until(link.is_up)
        link.go.touch()
        directory = link.directory()
        assert ended(rsync) == (0, "")
    assert contents(target) == contents(tree)
    lanes = link.told()[-1]["lanes"]
    assert len(lanes) == 4
    # How much each of them gets is a matter of how busy the machine is.
    assert sum(lane["received_bytes" if pull else "sent_bytes"] > MB for lane in lanes) > 1
    # What a lane held that was replaced as it seemed dead goes once more.
    assert 49 * MB < sum(link.counted()) < 75 * MB
    until(lambda: not any(map(is_alive, link.far())))
    assert not directory.exists()


def test_exit_status_and_errors_of_the_far_rsync_arrive(link: Link) -> None:
    link.go.touch()
    code, stderr = link.runs(f"proj-1:{link.place}/missing", str(link.place / "copy"))
    assert code == 23
    assert "No such file or directory" in stderr


def test_rsync_notices_nothing_when_every_connection_is_killed_again_and_again(link: Link, tree: Path) -> None:
    target = link.place / "copy"
    with link.starts("--bwlimit=15M", f"proj-1:{tree}/", str(target)) as rsync:
        until(link.is_up)
        link.go.touch()
        near = near_of(rsync)
        for _ in range(3):
            before = link.counted()[1]
            until(partial(link.received, before + 5 * MB))
            for ssh in children(near):
                os.kill(ssh, signal.SIGKILL)
        assert ended(rsync) == (0, "")
    assert contents(target) == contents(tree)
    assert link.told()[-1]["heals"] >= 3
    link.far()
    assert link.counted()[1] < 1.5 * 50 * MB


def test_a_box_that_can_not_be_reached_for_a_while_is_reached_again(link: Link, box: Sshd, tree: Path) -> None:
    """The server and all its sessions end, as in a reboot of the network; the command goes on."""
    link.go.touch()
    target = link.place / "copy"
    with link.starts("--bwlimit=15M", f"{tree}/", f"proj-1:{target}") as rsync:
        until(lambda: link.counted()[0] > 5 * MB)
        box.stop()
        time.sleep(2)
        box.start()
        assert ended(rsync) == (0, "")
    assert contents(target) == contents(tree)
    link.far()


@pytest.mark.parametrize("way", ["killed", "left", "stopped", "rsync stopped"])
def test_the_far_end_ends_with_us(link: Link, tree: Path, way: str) -> None:
    """By a SIGKILL after the grace period; at once where we can still say so."""
    link.go.touch()
    link.order["grace_s"] = 1 if way == "killed" else 600
    with link.starts("--bwlimit=5M", f"proj-1:{tree}/", str(link.place / "copy")) as rsync:
        near = near_of(rsync)
        until(lambda: link.counted()[1] > MB)
        directory, far = link.directory(), link.far()
        lanes = children(near)
        if way == "killed":
            os.kill(near, signal.SIGKILL)
        elif way == "stopped":
            os.killpg(rsync.pid, signal.SIGTERM)
        elif way == "rsync stopped":
            # It is rsync that ends its remote shell then, by a signal of its own choice.
            os.kill(rsync.pid, signal.SIGTERM)
        else:
            os.close(link.lifeline[1])
        code, _ = ended(rsync)
        assert code
    until(lambda: not any(map(is_alive, [*far, *lanes])))
    assert not directory.exists()


def test_who_does_not_know_the_token_is_sent_away(link: Link, tree: Path) -> None:
    link.go.touch()
    with link.starts("--bwlimit=5M", f"proj-1:{tree}/", str(link.place / "copy")) as rsync:
        until(lambda: link.counted()[1] > MB)
        directory = link.directory()
        assert directory.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.settimeout(DEADLINE_S)
            stranger.connect(str(directory / "owner"))
            reader, writer = os.pipe()
            handed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [reader, writer]))
            stranger.sendmsg([bytes(16)], [handed])
            os.close(writer)
            assert stranger.recv(1) == b""
            assert os.read(reader, 100) == b""
            os.close(reader)
        os.close(link.lifeline[1])
        ended(rsync)


def test_a_box_without_python_is_told_apart(link: Link, tree: Path) -> None:
    link.order["python"] = "python3-is-not-here"
    code, stderr = link.runs(f"proj-1:{tree}/", str(link.place / "copy"))
    assert code == NO_PYTHON
    assert "ssh-transport: no python3-is-not-here of at least 3.8 on the box" in stderr


def test_a_login_that_is_refused_is_what_ssh_says(link: Link, box: Sshd, tree: Path) -> None:
    (box.home / ".ssh" / "authorized_keys").write_text("")
    code, stderr = link.runs(f"proj-1:{tree}/", str(link.place / "copy"))
    assert code == 255
    assert "Permission denied" in stderr


def test_when_no_connection_comes_back_the_last_words_of_ssh_are_told(link: Link, box: Sshd, tree: Path) -> None:
    link.order["grace_s"] = 1
    with link.starts(f"proj-1:{tree}/", str(link.place / "copy")) as rsync:
        until(link.is_up)
        box.stop()
        for ssh in children(near_of(rsync)):
            # That the box has gone ends it as well.
            with contextlib.suppress(ProcessLookupError):
                os.kill(ssh, signal.SIGKILL)
        code, stderr = ended(rsync)
    assert code == 255
    assert "ssh-transport: no connection for 1 s: '" in stderr
    assert "Connection refused" in stderr


HELLO = "import sys,os;from itertools import count;w=lambda b:os.write(1,b);w(b'\\0ssh-transport-stripe:\\x01');"
HOSTILE = {
    "garbage": "w(os.urandom(100000))",
    "a giant length": "w(bytes([1])+b'\\xff'*4+bytes(8))",
    "a number far ahead": "w(bytes([1,0,0,0,1])+b'\\xff'*8+b'x')",
    "a flood of early frames": "[w(bytes([1,0,4,0,0])+n.to_bytes(8,'big')+bytes(1<<18)) for n in count(1)]",
    "acknowledgements of nothing": "w(bytes([16,0,0,0,8])+bytes(8)+b'\\xff'*8)",
}


@pytest.mark.parametrize("does", HOSTILE)
def test_a_box_that_means_harm_is_left(link: Link, does: str) -> None:
    """With a clear word, in bounded memory."""
    fake = link.place / "hostile"
    fake.write_text(f"#!{sys.executable} -IS\n{HELLO}{HOSTILE[does]};sys.stdin.read()\n")
    fake.chmod(0o755)
    link.ssh = [str(fake)]
    code, stderr = link.runs("proj-1:x", str(link.place / "copy"))
    assert code == NOT_OURS
    assert "ssh-transport: the box does not speak our protocol" in stderr
