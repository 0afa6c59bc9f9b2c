"""`hygiene.stop` and `hygiene.relaunch` on real processes: all of a tree ends, and the end is proved."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import Box, boxes
from ssh_transport.errors import CommandFailed, LinkLost, Unhealthy
from ssh_transport.processes import signals
from ssh_transport.processes import stop as stopping
from ssh_transport.processes.launch import Launch
from ssh_transport.processes.listing import Process, listing
from ssh_transport.processes.relaunch import relaunch
from ssh_transport.processes.signals import send
from ssh_transport.processes.stop import stop
from tests.support.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.processes.signals import Signal
    from tests.support.person import Person
    from tests.support.sshd import Sshd

DEADLINE_S = 20
# Every process of a test carries its token in the environment, by which the teardown finds it, and no other.
VARIABLE = "SSH_TRANSPORT_TEST"

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


@pytest.fixture
def token(tmp_path: Path) -> Iterator[str]:
    """A word that no other process of this machine has; what has it is ended afterwards, each by its id."""
    made = f"token-{uuid4().hex}"
    yield made
    for _ in range(20):
        found = with_token(made)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.05)


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setenv("HOME", str(person.home))
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found


@pytest.fixture
def runs(token: str, tmp_path: Path) -> Callable[..., int]:
    """Start a script as an orphan with the token in its command line; return its process id when it is ready."""

    def start(text: str, *words: str) -> int:
        script = tmp_path / f"{token}.sh"
        script.write_text(text)
        environment = os.environ | {VARIABLE: token}
        argv = ["sh", "-c", 'sh "$@" >/dev/null 2>&1 & echo $!', "sh", str(script), *words]
        said = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        until(Path(f"{script}.ready").exists)
        return int(said)

    return start


def with_token(token: str) -> list[int]:
    """Return what runs with the token in its environment, zombies apart, which have none."""
    wanted, found = f"{VARIABLE}={token}\0".encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in path.read_bytes() + b"\0":
                found.append(int(path.parent.name))
    return found


def says(box: Sshd, old: str, new: str) -> None:
    """Change what the box does before a command."""
    forced = box.home.parent / "forced_command"
    text = forced.read_text()
    assert old in text
    forced.write_text(text.replace(old, new, 1))


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


def test_what_can_not_be_stopped_fails_and_starts_nothing(
    there: Box, box: Sshd, runs: Callable[..., int], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A supervisor that does not match starts it again for ever, and is named."""
    monkeypatch.setattr(stopping, "_KILLING_S", 1)
    child = box.home.parents[1] / f"child-{token}.sh"
    child.write_text("sleep 611; :")
    child.with_name("child").write_text(f"{child}\n")
    supervisor = runs('touch "$0.ready"; read -r child <"${0%/*}/child"; while :; do sh "$child"; done')

    with pytest.raises(Unhealthy) as caught:
        relaunch(there, f"child-{token}", Launch.of("x", "touch started"), grace_s=0, dry_run=False)

    assert "runs, or was started again" in caught.value.cause
    assert f"does pid {supervisor} start it again?" in caught.value.hint
    assert not (box.home / "started").exists()
    assert not (box.home / ".ssh-transport-run").exists()


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


@pytest.fixture(params=["tmux", "setsid"])
def holder(
    request: pytest.FixtureRequest, box: Sshd, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """What holds a run: a tmux server of the test's own, or nothing that is called tmux."""
    says(box, "export PATH=", f"export TMUX_TMPDIR={tmp_path} {VARIABLE}={token} PATH=")
    if request.param == "setsid":
        farm = tmp_path / "farm"
        farm.mkdir()
        for program in (p for d in os.environ["PATH"].split(":") if Path(d).is_dir() for p in Path(d).iterdir()):
            with contextlib.suppress(FileExistsError):
                (farm / program.name).symlink_to(program)
        (farm / "tmux").unlink(missing_ok=True)
        says(box, " PATH=", f" PATH={farm}\n: ")
    yield request.param
    if request.param == "tmux":
        subprocess.run(["tmux", "kill-server"], env=os.environ | {"TMUX_TMPDIR": str(tmp_path)}, check=False)


def test_a_relaunch_stops_the_last_one_and_outlives_the_link(
    holder: str, box: Sshd, person: Person, token: str, tmp_path: Path
) -> None:
    """Twice; its input is empty, its log is named; a session of somebody else's in the same tmux stays."""
    words = ("hygiene.relaunch", token, f"--run=cat; echo 'it runs' {token}; sleep 611; :", "--alive=1", "--json")

    first = person.types("fab", "-H", "proj-1", *words)
    if holder == "tmux":
        tmux = ["tmux", "new-session", "-d", "-s", "other", "sleep 612"]
        subprocess.run(tmux, env=os.environ | {"TMUX_TMPDIR": str(tmp_path), VARIABLE: token}, check=True)
    second = person.types("fab", "-H", "proj-1", *words)

    assert (first.exit_code, second.exit_code) == (0, 0), first.stderr + second.stderr
    assert first.json["held_by"] == second.json["held_by"] == holder
    assert first.json["stopped"]["processes"] == []
    assert first.json["pid"] in [process["pid"] for process in second.json["stopped"]["processes"]]
    assert not Path(f"/proc/{first.json['pid']}").exists()
    assert Path(f"/proc/{second.json['pid']}").exists()
    assert (box.home / second.json["log"]).read_text() == f"it runs {token}\n"
    assert second.json["watch"][0] == f"ssh proj-1 'tail -f {second.json['log']}'"
    if holder == "tmux":
        assert second.json["watch"][1] == f"ssh -t proj-1 tmux attach -t {token}"
        sessions = subprocess.run(
            ["tmux", "ls", "-F", "#S"], env=os.environ | {"TMUX_TMPDIR": str(tmp_path)}, capture_output=True, check=True
        )
        assert sessions.stdout.decode().split() == ["other", token]


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


def test_a_run_that_ends_too_soon_is_an_error_with_the_end_of_its_log(holder: str, there: Box, token: str) -> None:
    """And with its exit status; a log of one's own choice is made with its directory."""
    launch = Launch.of(token, "echo first; echo 'no module \x1b[2J' >&2; exit 7", log="~/new/it's")

    with pytest.raises(CommandFailed) as caught:
        relaunch(there, token, launch, grace_s=1, dry_run=False)

    assert caught.value.what == f"`{token}` ended with exit status 7 within 5 s"
    assert caught.value.cause == "first\nno module \x1b[2J"
    assert "\x1b" not in str(caught.value)
    assert "new/it" in caught.value.hint
