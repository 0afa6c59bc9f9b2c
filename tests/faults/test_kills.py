"""Copies that are killed at either end: no half file is shown, nothing is left running, the next one goes on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.person import result_in
from tests.support.processes import rsyncs, until
from tests.support.trees import described, litter, make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.link import Link
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

LARGE_BYTES = 24_000_000
DEADLINE_S = 60


def copies(person: Person, *words: str, env: dict[str, str] | None = None) -> Said:
    said = person.types("fab", "-H", "proj-1", *words, "--json", env=env)
    assert said.exit_code == 0, said.stderr
    return said


def test_a_ghost_receiver_is_ended_before_the_next_attempt(link: Link, box: Sshd, person: Person) -> None:
    """After a change of address the box's rsync lives on; it must not end the file that the retry completed."""
    source = person.home / "big"
    source.write_bytes(os.urandom(LARGE_BYTES))
    link.silence_at(10_000_000)

    copies(person, "transfer.push", "--path=big", "--to=data/")
    left = rsyncs(box.home)
    link.drop_muted()

    assert left == []
    assert (box.home / "data" / "big").read_bytes() == source.read_bytes()
    assert not litter(box.home)


def test_a_ghost_of_an_earlier_run_is_ended_too(link: Link, box: Sshd, person: Person) -> None:
    """Our own process was killed, and its box-side rsync hangs on a mute link."""
    source = person.home / "big"
    source.write_bytes(os.urandom(LARGE_BYTES))
    link.silence_at(10_000_000)
    with person.starts("fab", "-H", "proj-1", "transfer.push", "--path=big", "--to=data/") as copy:
        until(lambda: link.bytes_up >= 9_900_000)
        copy.kill()
    until(lambda: not [pid for pid in rsyncs(person.home) if pid not in rsyncs(box.home)])
    ghosts = rsyncs(box.home)

    copies(person, "transfer.push", "--path=big", "--to=data/")

    assert ghosts
    assert rsyncs(box.home) == []
    link.drop_muted()
    assert (box.home / "data" / "big").read_bytes() == source.read_bytes()
    assert not litter(box.home)


def test_half_a_file_never_has_the_final_name(link: Link, box: Sshd, person: Person) -> None:
    """Ctrl-C keeps the partial, ends everything, prints the command; the same command then sends only the rest."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    link.silence_at(16_000_000)
    final = person.home / "proj-1" / "big"
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big") as copy:
        until(lambda: link.bytes_down >= 15_000_000)
        seen = final.exists()
        copy.send_signal(signal.SIGINT)
        _, stderr = copy.communicate(timeout=DEADLINE_S)
    link.restore()
    before = link.bytes_down

    copies(person, "transfer.pull", "--path=big")

    assert not seen
    assert copy.returncode == 130
    # rsync tells once a second how far it is.
    told = "error: stopped\n(?:  cause: at least [0-9.]+ MB of 24.0 MB have arrived\n)?\nhint: go on where it stopped: "
    assert re.search(told + "fab -H proj-1 transfer.pull --path=big\n$", stderr)
    assert rsyncs(person.home) == []
    assert link.bytes_down - before < LARGE_BYTES - 14_000_000
    assert final.read_bytes() == (box.home / "big").read_bytes()


def test_ctrl_c_tells_how_much_has_arrived(link: Link, box: Sshd, person: Person) -> None:
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    link.silence_at(16_000_000)
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big", "--engine=sftp") as copy:
        until(lambda: link.bytes_down >= 15_000_000)
        copy.send_signal(signal.SIGINT)
        _, stderr = copy.communicate(timeout=DEADLINE_S)

    assert re.search("error: stopped\n  cause: at least 1[0-9].[0-9] MB of 24.0 MB have arrived\n", stderr)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_of_ours_outlives_us(number: signal.Signals, link: Link, box: Sshd, person: Person) -> None:
    """However we end, rsync and ssh end too."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big", "--bwlimit=4000") as copy:
        until(lambda: link.bytes_down >= 4_000_000)
        copy.send_signal(number)
        copy.communicate(timeout=DEADLINE_S)

    until(lambda: rsyncs(person.home) == [])
    assert copy.returncode == (-9 if number == signal.SIGKILL else 130)


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("task", ["pull", "push"])
def test_with_atomic_a_killed_copy_shows_no_file_at_all(
    task: str, engine: str, link: Link, box: Sshd, person: Person
) -> None:
    """What had arrived is kept out of sight, and the next run goes on from it."""
    near, far = (box.home, person.home) if task == "pull" else (person.home, box.home)
    make_tree(near / "ckpt", large_bytes=LARGE_BYTES)
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--path=ckpt/", "--to=got/", f"--engine={engine}", "--atomic")
    copy = person.starts(*words)
    until(lambda: link.bytes_up + link.bytes_down > LARGE_BYTES / 2)
    copy.kill()
    copy.communicate()
    seen = [
        path
        for path in (far / "got").rglob("*")
        if "-partial" not in str(path) and not path.is_symlink() and not path.is_dir()
    ]
    moved = link.bytes_up + link.bytes_down

    again = person.types(*words)

    assert seen == []
    assert again.exit_code == 0, again.stderr
    assert described(far / "got") == described(near / "ckpt")
    assert not litter(far / "got")
    assert link.bytes_up + link.bytes_down - moved < LARGE_BYTES * 0.8


def test_nohup_is_respected(link: Link, box: Sshd, person: Person) -> None:
    """A hang-up that we were told to ignore does not end a copy that runs overnight."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    with subprocess.Popen(
        ["nohup", *person.argv("fab", "-H", "proj-1", "transfer.pull", "--path=big")],
        cwd=person.home,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as copy:
        until(lambda: link.bytes_down >= 2_000_000)
        copy.send_signal(signal.SIGHUP)
        _, stderr = copy.communicate(timeout=DEADLINE_S)

    assert copy.returncode == 0, stderr
    assert (person.home / "proj-1" / "big").read_bytes() == (box.home / "big").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_receiver_that_is_killed_on_the_box_is_started_again(
    number: signal.Signals, link: Link, box: Sshd, person: Person
) -> None:
    """The memory of a box runs out, or someone tidies up: the link is whole, rsync is gone."""
    source = person.home / "big"
    source.write_bytes(os.urandom(LARGE_BYTES))
    with person.starts("fab", "-H", "proj-1", "transfer.push", "--path=big", "--to=data/", "--json") as copy:
        until(lambda: link.bytes_up >= 8_000_000)
        for process in receivers(box):
            os.kill(process, number)
        stdout, stderr = copy.communicate(timeout=DEADLINE_S)

    assert copy.returncode == 0, stderr
    assert result_in(stdout)["attempts"] == 2
    assert (box.home / "data" / "big").read_bytes() == source.read_bytes()
    assert not litter(box.home)


@pytest.mark.parametrize("code", [137, 143])
def test_the_code_of_a_killed_receivers_shell_is_a_reason_to_try_again(
    code: int, box: Sshd, person: Person, tmp_path: Path
) -> None:
    """Where a shell stands around it, rsync ends with 128 and the signal, if the shell is quick enough."""
    (tmp_path / "bin").mkdir()
    rsync = tmp_path / "bin" / "rsync"
    rsync.write_text(
        f"""#!/bin/sh
case "$*" in
    *--dry-run* | --version) ;;
    *) ! mkdir {tmp_path}/killed 2>/dev/null || exit {code} ;;
esac
exec {shutil.which("rsync")} "$@"
"""
    )
    rsync.chmod(0o755)
    (person.home / "x").write_text("x")

    result = copies(
        person, "transfer.push", "--path=x", "--to=data/", env={"PATH": f"{rsync.parent}:{os.environ['PATH']}"}
    ).json

    assert (tmp_path / "killed").exists()
    assert (result["engine"], result["attempts"]) == ("rsync", 2)
    assert (box.home / "data" / "x").read_text() == "x"


def receivers(box: Sshd) -> list[int]:
    """Return the box's processes of rsync, without the shells around them."""
    found = [process for process in rsyncs(box.home) if (Path("/proc") / str(process) / "comm").exists()]
    return [process for process in found if (Path("/proc") / str(process) / "comm").read_text() == "rsync\n"]


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """What most machines have; a stricter one would hide a partial file that is not private by itself."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
@pytest.mark.parametrize("older", [False, True], ids=["new", "older version"])
@pytest.mark.parametrize(
    ("task", "engine"), [("pull", "rsync"), ("push", "rsync"), ("push", "sftp")], indirect=["engine"]
)
def test_half_a_file_is_nobody_elses_to_read(
    task: str, *, older: bool, link: Link, box: Sshd, person: Person, engine: dict[str, str]
) -> None:
    """The partial file is 0600 in a 0700 directory, where the source is 0644 and whatever stands at the target."""
    here, there = (person.home, box.home) if task == "pull" else (box.home, person.home)
    (there / "big").write_bytes(os.urandom(LARGE_BYTES))
    (there / "big").chmod(0o644)
    (here / "to").mkdir()
    if older:
        (here / "to" / "big").write_bytes(b"older" * 1_000_000)
        (here / "to" / "big").chmod(0o600)
    link.silence_at(10_000_000)
    with person.starts("fab", "-H", "proj-1", f"transfer.{task}", "--path=big", "--to=to/", env=engine) as copy:
        until(lambda: link.bytes_up + link.bytes_down >= 10_000_000)
        partials = [path for path in (here / "to").rglob("*") if "-partial" in str(path)]
        modes = {(path.is_dir(), oct(stat.S_IMODE(path.stat().st_mode))) for path in partials}
        copy.kill()
        copy.communicate(timeout=DEADLINE_S)

    assert modes == {(True, "0o700"), (False, "0o600")}
