"""`hygiene.stop` on real processes: all of a tree ends, and the end is proved."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import LinkLost
from ssh_transport.processes import signals
from ssh_transport.processes import stop as stopping
from ssh_transport.processes.listing import Process, listing
from ssh_transport.processes.signals import send
from ssh_transport.processes.stop import stop
from tests.support.marked import VARIABLE, with_token
from tests.support.processes import until
from tests.support.tools import says

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.processes.signals import Signal
    from tests.support.person import Person
    from tests.support.sshd import Sshd

# 20 processes: a shell that matches, a supervisor in it that ignores TERM and starts one child again, once, and at the
# bottom those that end, those that ignore TERM, and one in a session of its own.
TREE = """\
[ "$1" != shell ] || { sh "$0" supervisor; exit; }
trap '' TERM
for number in 1 2 3 4 5 6 7 8; do sleep 611 & done
trap - TERM
for number in 1 2 3 4 5 6 7; do sleep 612 & done
sleep 613 &
first=$!
setsid sh -c 'sleep 614 & exec sleep 615' &
trap '' TERM
touch "$0.ready"
wait $first
sleep 616 &
touch "$0.again"
wait
wait
"""


def puts_on_path(box: Sshd, tmp_path: Path, program: str, text: str) -> None:
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / program).write_text(f"#!/bin/sh\n{text}")
    (tmp_path / "bin" / program).chmod(0o755)
    says(box, "export PATH=", f"export PATH={tmp_path}/bin:")


def test_a_tree_of_twenty_ends_whatever_it_ignores_or_starts_again(
    box: Sshd, person: Person, runs: Callable[..., int], token: str, tmp_path: Path
) -> None:
    """The pattern is in the command line of `fab` too, and of nothing on the box but the shell and its supervisor."""
    runs(TREE, "shell")
    until(lambda: len(with_token(token)) == 20)
    puts_on_path(
        box, tmp_path, "nvidia-smi", 'case $1 in *apps*) echo "4000000, py\033[2J, 77" ;; *) echo "0, 5" ;; esac'
    )

    looked = person.types("fab", "-H", "proj-1", "hygiene.stop", token, "--dry-run", "--json")
    said = person.types("fab", "-H", "proj-1", "hygiene.stop", token, "--grace=2", "--json")
    again = person.types("fab", "-H", "proj-1", "hygiene.stop", token)

    assert len(looked.json["processes"]) == 20
    assert [process["parent"] for process in looked.json["processes"][1:2]] == [looked.json["processes"][0]["pid"]]
    assert said.exit_code == 0, said.stderr
    assert Path(tmp_path / f"{token}.sh.again").exists()
    assert with_token(token) == []
    assert len(said.json["processes"]) >= 21
    assert said.json["killed"] >= 9
    assert "stopping 20 processes" in said.stderr
    assert "sleep 611" in said.stderr
    assert "left alone" not in said.stderr
    assert again.exit_code == 0
    assert again.stdout == (
        f"CLEAN: nothing matches `{token}` (no change)\n"
        "GPU memory is still held by pid 4000000 (py\\x1b[2J, 77 MiB); "
        "a pid from outside this container, where it can't be seen\n"
    )


def test_a_connection_that_ends_with_what_is_stopped_is_no_error(
    box: Sshd, there: Box, runs: Callable[..., int], token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It kills the server's end of every session when it is told to end; the proof has a new one."""
    text = """\
        trap 'for s in $(cat "/proc/$1/task/$1/children"); do
            kill -9 $(cat "/proc/$s/task/$s/children") $s; done; touch "$0.killed"; exit' TERM
        touch "$0.ready"
        while :; do sleep 0.1; done
    """
    assert box._process
    runs(text, str(box._process.pid))

    done = stop(there, token, grace_s=10, dry_run=False)

    assert (Path(box.home).parents[1] / f"{token}.sh.killed").exists()
    assert "the link broke" in capfd.readouterr().err
    assert (done.killed, with_token(token)) == (0, [])


def test_a_link_that_breaks_while_signals_are_sent_is_no_error(
    there: Box, runs: Callable[..., int], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every time; what had its signal or not is seen by the next look."""
    sent: list[str] = []

    def send_and_lose(box: Box, name: Signal, targets: list[Process]) -> list[Process]:
        sent.append(name)
        send(box, name, targets[:1])
        box.connection.client.close()
        raise LinkLost("the connection broke")

    monkeypatch.setattr(signals, "send", send_and_lose)
    # Four logins take long on a busy machine.
    monkeypatch.setattr(stopping, "_KILLING_S", 120)
    runs("trap '' TERM; sleep 611 & sleep 612 & touch \"$0.ready\"; wait; wait")

    done = stop(there, token, grace_s=1, dry_run=False)

    assert sent == ["TERM", "KILL", "KILL", "KILL"]
    assert (len(done.processes), done.killed, with_token(token)) == (3, 3, [])


@pytest.mark.parametrize("way", ["/proc", "ps"])
def test_a_process_that_may_not_be_signalled_is_distinguished_from_one_that_is_gone(
    way: str, runs: Callable[..., int]
) -> None:
    """Said by the box's own `kill`, as a user that owns nothing there."""
    pid = runs('touch "$0.ready"; exec sleep 611') if os.geteuid() == 0 else 1
    script = signals._SIGNAL if way == "/proc" else signals._SIGNAL.replace("[ -r /proc/self/stat ]", "false")
    born = {
        "/proc": Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19],
        "ps": subprocess.check_output(["ps", "-o", "lstart=", "-p", str(pid)], text=True, env={"LC_ALL": "C"}).strip(),
    }[way]
    targets = f"{pid} {' '.join(born.split())}\n{pid} 1\n3999999 5\n"
    nobody = 65534 if os.geteuid() == 0 else None

    words = ["sh", "-c", script, "sh", "TERM"]
    said = subprocess.run(words, input=targets, stdout=subprocess.PIPE, text=True, user=nobody, check=True).stdout

    assert said == f"{pid}\n"
    assert Path(f"/proc/{pid}").exists()


def test_a_pattern_that_matches_the_way_to_the_box_ends_nothing_of_it(
    there: Box, box: Sshd, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its server is named by the pattern; it is told to be left alone."""
    config = str(box.home.parent / "sshd_config")

    done = stop(there, config, grace_s=1, dry_run=False)

    assert done.processes == ()
    assert "not stopped, as the connection or the box depends on it" in capfd.readouterr().err
    assert box._process
    assert box._process.poll() is None


def test_a_zombie_is_reported_and_no_failure(there: Box, token: str) -> None:
    """Its parent, which is us, does not ask for it until the test is over."""
    words = ["sh", "-c", "read x", token]
    with subprocess.Popen(words, stdin=subprocess.PIPE, env=os.environ | {VARIABLE: token}) as process:
        done = stop(there, token, grace_s=5, dry_run=False)

        assert [zombie.pid for zombie in done.zombies] == [process.pid]
        assert f"zombies until pid {os.getpid()} waits for them" in str(done)
        assert process.wait() == -signal.SIGTERM


def test_a_process_whose_number_was_given_again_is_not_signalled(there: Box, runs: Callable[..., int]) -> None:
    """The start must be the same; and who may not be signalled is told from who is gone."""
    pid = runs('touch "$0.ready"; exec sleep 611')
    [it] = [process for process in listing(there).processes if process.pid == pid]
    other = Process(**{**vars(it), "born": f"{int(it.born) - 1}"})

    refused = send(there, "KILL", [other])
    assert (refused, Path(f"/proc/{pid}/exe").exists()) == ([], True)
    send(there, "KILL", [it])
    until(lambda: not Path(f"/proc/{pid}/exe").exists())


def test_a_tmux_server_that_was_started_with_the_pattern_keeps_everybodys_sessions(
    box: Sshd, person: Person, token: str, tmp_path: Path
) -> None:
    """Its command line has the words for good; the run in it is stopped, and the server is named."""
    says(box, "export PATH=", f"export TMUX_TMPDIR={tmp_path} {VARIABLE}={token} PATH=")
    environment = os.environ | {"TMUX_TMPDIR": str(tmp_path), VARIABLE: token}

    def tmux(*words: str) -> str:
        return subprocess.run(["tmux", *words], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    tmux("new-session", "-d", "-s", "run", f"sh -c 'sleep 611; : {token}'")
    tmux("new-session", "-d", "-s", "other", "sleep 612")
    server = int(tmux("display-message", "-p", "#{pid}"))

    said = person.types("fab", "-H", "proj-1", "hygiene.stop", token)
    again = person.types("fab", "-H", "proj-1", "hygiene.stop", token, "--json")

    assert said.exit_code == 0, said.stderr
    assert tmux("ls", "-F", "#S").split() == ["other"]
    assert f"nothing else matches `{token}`\nleft running, as it only hosts others: pid {server} " in said.stdout
    assert f"{server} " not in said.stderr
    assert ([host["pid"] for host in again.json["hosts"]], again.json["processes"]) == ([server], [])
    tmux("kill-server")
