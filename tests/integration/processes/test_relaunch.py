"""`hygiene.relaunch` on real processes: the last run is stopped, and the next one outlives the link."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import CommandFailed, Unhealthy
from ssh_transport.processes import stop as stopping
from ssh_transport.processes.launch import Launch
from ssh_transport.processes.relaunch import relaunch
from tests.support.marked import VARIABLE
from tests.support.tokens import HF_TOKEN
from tests.support.tools import says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()


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


@pytest.fixture(params=["tmux", "setsid", "nohup"])
def holder(
    request: pytest.FixtureRequest, box: Sshd, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """What holds a run: a tmux server of the test's own, or nothing that is called tmux, or nothing at all."""
    says(box, "export PATH=", f"export TMUX_TMPDIR={tmp_path} {VARIABLE}={token} PATH=")
    if request.param != "tmux":
        farm = tmp_path / "farm"
        farm.mkdir()
        for program in (p for d in os.environ["PATH"].split(":") if Path(d).is_dir() for p in Path(d).iterdir()):
            with contextlib.suppress(FileExistsError):
                (farm / program.name).symlink_to(program)
        for missing in {"setsid": ("tmux", "nohup"), "nohup": ("tmux", "nohup", "setsid")}[request.param]:
            (farm / missing).unlink(missing_ok=True)
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


@pytest.mark.parametrize("holder", ["tmux"], indirect=True)
@pytest.mark.usefixtures("holder")
def test_a_session_that_stays_when_its_programs_have_ended_is_in_nobodys_way(
    box: Sshd, person: Person, token: str
) -> None:
    (box.home / ".tmux.conf").write_text("set -g remain-on-exit on\n")
    words = ("hygiene.relaunch", token, f"--run=echo {token}; sleep 613; :", "--alive=1", "--json")

    said = [person.types("fab", "-H", "proj-1", *words) for _ in range(2)]

    assert [one.exit_code for one in said] == [0, 0], said[1].stderr
    assert Path(f"/proc/{said[1].json['pid']}").exists()


@pytest.mark.usefixtures("holder")
def test_a_run_that_ends_too_soon_is_an_error_with_the_end_of_its_log(there: Box, box: Sshd, token: str) -> None:
    """With its exit status, and no secret; a log of one's own choice is made with its directory, for nobody else."""
    log = box.home / "new" / "it's"
    printed = f"echo first; echo 'no module \x1b[2J' >&2; echo key hf''{HF_TOKEN[2:]}; exit 7"
    launch = Launch.of(token, printed, log="~/new/it's")

    with pytest.raises(CommandFailed) as caught:
        relaunch(there, token, launch, grace_s=1, dry_run=False)

    assert caught.value.what == f"`{token}` ended with exit status 7 within 5 s"
    assert caught.value.cause == "first\nno module \x1b[2J\nkey ***"
    assert HF_TOKEN in log.read_text()
    assert {one.stat().st_mode & 0o777 for one in (log, *(box.home / ".ssh-transport-run").glob("*.sh"))} == {0o600}
    assert "\x1b" not in str(caught.value)
    assert "new/it" in caught.value.hint


@pytest.mark.usefixtures("holder")
def test_a_run_that_goes_to_the_background_is_alive_as_long_as_something_matches(
    there: Box, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was typed for other tools often does so; what has ended there is no run."""
    command = f"trap '' HUP; sh -c ': {token}; sleep 611; :' >/dev/null 2>&1 &"

    found = relaunch(there, token, Launch.of(token, command, alive_s=1), grace_s=1, dry_run=False)

    assert token in Path(f"/proc/{found.pid}/cmdline").read_text()
    assert "left it in the background" in capsys.readouterr().err
    with pytest.raises(CommandFailed) as caught:
        relaunch(there, token, Launch.of(token, "true &", alive_s=1), grace_s=1, dry_run=False)
    assert "ended with exit status 0" in caught.value.what
    assert caught.value.hint.startswith("does it run in the background? without `&` and nohup it outlives the link")


@pytest.mark.parametrize("log", [".ssh", "/proc/nope/x.log", ".profile/x.log", "new/"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_log_that_can_not_be_written_is_told_before_anything_is_stopped(  # noqa: PLR0917 - fixtures
    log: str, dry_run: bool, there: Box, box: Sshd, runs: Callable[..., int], token: str
) -> None:
    (box.home / ".profile").write_text("")
    job = runs('touch "$0.ready"; sleep 613; :')
    before = sorted(box.home.rglob("*"))

    with pytest.raises(CommandFailed) as caught:
        relaunch(there, token, Launch.of(token, "sleep 611", log=log), grace_s=1, dry_run=dry_run)

    assert log in caught.value.cause
    assert (caught.value.hint, is_alive(job)) == ("another log: --log=FILE", True)
    assert sorted(box.home.rglob("*")) == before


@pytest.fixture
def session(box: Sshd, token: str, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Begin a tmux session of the token's name with a command in it, and return its process."""
    says(box, "export PATH=", f"export TMUX_TMPDIR={tmp_path} PATH=")
    environment = os.environ | {"TMUX_TMPDIR": str(tmp_path), VARIABLE: token}

    def begin(command: str) -> int:
        words = ["tmux", "new-session", "-d", "-s", token, "-P", "-F", "#{pane_pid}", command]
        return int(subprocess.run(words, env=environment, capture_output=True, check=True).stdout)

    yield begin
    subprocess.run(["tmux", "kill-server"], env=environment, check=False)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_session_of_its_name_that_would_stay_is_told_before_anything_is_stopped(
    dry_run: bool, there: Box, session: Callable[..., int], runs: Callable[..., int], token: str
) -> None:
    """Somebody else's is never ended; the way out can be typed, whatever the box is called."""
    pane, job = session("sleep 612"), runs('touch "$0.ready"; sleep 613; :')

    with pytest.raises(CommandFailed) as caught:
        relaunch(there, f"{token}.sh", Launch.of(token, "sleep 611"), grace_s=1, dry_run=dry_run)

    assert caught.value.what == f"`{token}` can't be started; nothing was stopped"
    assert caught.value.hint.endswith(f"ssh proj-1 'tmux kill-session -t {token}'")
    assert (is_alive(job), is_alive(pane)) == (True, True)


@pytest.mark.usefixtures("session")
def test_a_session_of_its_name_that_ends_with_what_is_stopped_is_in_nobodys_way(there: Box, token: str) -> None:
    """Of the last run only the command itself may match, and not the shell that waits for it."""
    first = Launch.of(token, f"sh -c ': job-{token}; sleep 611; :'", name="a", alive_s=0)
    relaunch(there, f"job-{token}", first, grace_s=1, dry_run=False)

    second = relaunch(there, f": job-{token}", first, grace_s=1, dry_run=False)

    assert second.stopped.processes
    assert second.held_by == "tmux"
