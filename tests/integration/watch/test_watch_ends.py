"""A watch ends when it should: after its marker, at a signal, or at once where it could never show anything."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.person import result_in
from tests.support.processes import until
from tests.support.watched import BIG_BYTES, growing, staged, staged_bytes, watches, watching, write

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

DEADLINE_S = 30


def test_it_ends_when_all_has_settled_after_the_marker_and_a_second_run_copies_nothing(
    run: Path, to: Path, person: Person, engine: dict[str, str]
) -> None:
    """What is still written when the marker comes is pulled as well."""
    write(run / "a")
    with watching(person, "--until=DO*", "--json", env=engine) as process:
        until((to / "a").exists)
        with growing(run / "log"):
            write(run / "DONE")
            until((to / "DONE").exists)
            assert process.poll() is None
        stdout, stderr = process.communicate(timeout=DEADLINE_S)
    again = watches(person, "--until=DONE", env=engine)

    assert process.returncode == 0, stderr
    result = result_in(stdout)
    assert (result["files"], result["waiting"], result["here"]) == (3, [], 3)
    assert (to / "log").read_bytes() == (run / "log").read_bytes()
    assert (again.exit_code, again.json["files"], again.json["here"]) == (0, 0, 3), again.stderr
    assert "round" not in again.stderr
    assert not (to / ".watch-partial").exists()


def test_what_changes_long_after_the_marker_is_told(run: Path, to: Path, person: Person) -> None:
    write(run / "DONE")
    write(run / "model")

    with growing(run / "log"):
        said = watches(person, "--until=DONE")

    assert said.exit_code == 25
    assert "`DONE` is there, but not all has settled on `proj-1`" in said.stderr
    assert "still changing, or could not be copied: log\n" in said.stderr
    assert (to / "model").exists()
    assert not (to / "log").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_in_the_middle_of_a_copy(
    number: signal.Signals, *, run: Path, to: Path, person: Person, box: Sshd, engine: dict[str, str]
) -> None:
    """It says what is here and what is not; nothing of it runs on, and the next run goes on from there."""
    write(run / "small")
    write(run / "big", os.urandom(BIG_BYTES))
    (run / "big").touch()
    with watching(person, "--bwlimit=1000", env=engine) as process:
        until(lambda: staged_bytes(to) > 1_000_000)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=DEADLINE_S)

    assert (process.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert "proj-1: stopped: proj-1:run/ -> " in stderr
    assert "still changing or on the way: " in stderr
    assert "is kept for the next run: " in stderr
    assert "hint: go on where it stopped: fab -H proj-1 transfer.watch --path=run/ --to=to" in stderr
    until(lambda: not processes(str(person.home)))
    until(lambda: not processes(str(box.home)))
    kept = sum(path.stat().st_size for path in staged(to))
    again = watches(person, "--rounds=3", env=engine)
    assert kept > 900_000
    assert again.json["files"] == 2, again.stderr
    assert (to / "big").read_bytes() == (run / "big").read_bytes()


def processes(home: str) -> list[str]:
    """Return the programs of a copy that belong to a HOME."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            is_ours = f"HOME={home}\0".encode() in (process / "environ").read_bytes()
            if is_ours and any(word in line for word in (b"rsync", b"sftp-server", b"find")):
                found.append(line.decode())
    return found


def test_a_second_watch_of_the_same_is_refused(run: Path, to: Path, person: Person) -> None:
    write(run / "a")
    with watching(person):
        until((to / "a").exists)
        said = watches(person, "--rounds=1")

    assert said.exit_code == 32
    assert "the watch proj-1:run/ -> " in said.stderr


def test_two_names_of_one_box_are_not_watched_without_an_end(box: Sshd, person: Person) -> None:
    """They take turns, and the second would never have one."""
    person.adds_alias("proj-2", box.port, box.user)

    said = person.types("fab", "-H", "proj-1,proj-2", "transfer.watch", "--path=run")

    assert said.exit_code == 2
    assert "cause: proj-2" in said.stderr
    assert "--rounds=10 gives it an end" in said.stderr


def test_what_is_no_directory_is_told_at_once(box: Sshd, person: Person) -> None:
    (box.home / "file").touch()

    for path in ("file", "nothing"):
        said = person.types("fab", "-H", "proj-1", "transfer.watch", f"--path={path}", "--to=to")
        assert said.exit_code == 21
        assert f"there is no directory `{path}` on `proj-1`" in said.stderr
