"""A watch shows only what has stopped changing, all of it, and ends when it should."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.person import result_in
from tests.support.processes import until
from tests.support.trees import described, make_tree

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

DEADLINE_S = 30
BIG_BYTES = 6_000_000
# About three seconds for a big file.
SLOWLY = "--bwlimit=2000"


@contextlib.contextmanager
def watching(person: Person, *words: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a watch of the box's `run` into `to`, with windows of a second; end it by Ctrl-C if it still runs."""
    flags = ("--path=run/", "--to=to", "--every=1", "--settle=1")
    with person.starts("fab", "-H", "proj-1", "transfer.watch", *flags, *words, env=env) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def watches(person: Person, *words: str, settle: int = 1, env: dict[str, str] | None = None) -> Said:
    """Run a watch to its own end."""
    flags = ("--path=run/", "--to=to", "--every=1", f"--settle={settle}", "--json")
    return person.types("fab", "-H", "proj-1", "transfer.watch", *flags, *words, env=env)


@pytest.fixture
def run(box: Sshd) -> Path:
    """The directory that the training run on the box writes to."""
    (box.home / "run").mkdir()
    return box.home / "run"


@pytest.fixture
def to(person: Person) -> Path:
    return person.home / "to"


def write(path: Path, content: bytes = b"content", mtime_s: int = 1_700_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (mtime_s, mtime_s))


@contextlib.contextmanager
def growing(path: Path) -> Iterator[None]:
    """Let a file grow by a step in every third of a window."""
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.3):
            with path.open("ab") as file:
                file.write(os.urandom(100_000))

    path.touch()
    writer = threading.Thread(target=grow)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def staged(to: Path) -> list[Path]:
    """What was there a moment ago: a copy under way makes and takes away as it likes."""
    found = (Path(place, name) for place, _, names in os.walk(to / ".watch-partial") for name in names)
    return [path for path in found if path.is_file()]


def staged_bytes(to: Path) -> int:
    """How much of the largest has been stored; the probe for what the file system can hold is large and empty."""
    stored = [0]
    for path in staged(to):
        with contextlib.suppress(FileNotFoundError):
            stored.append(path.stat().st_blocks * 512)
    return max(stored)


def test_a_file_that_grows_is_never_seen_in_part(run: Path, to: Path, person: Person, engine: dict[str, str]) -> None:
    """Whole windows pass while it grows, as the files prove that arrive meanwhile."""
    with watching(person, env=engine):
        with growing(run / "model"):
            for name in ("first", "second"):
                write(run / name)
                until((to / name).exists)
            assert not (to / "model").exists()
            assert not staged(to)
        until((to / "model").exists)

    assert (to / "model").read_bytes() == (run / "model").read_bytes()


def test_a_file_rewritten_while_it_is_copied_is_not_shown_until_it_settles(
    run: Path, to: Path, person: Person, engine: dict[str, str]
) -> None:
    """Neither the old version, nor a mix, nor the new one in part."""
    write(run / "last.ckpt", os.urandom(BIG_BYTES))
    new = os.urandom(BIG_BYTES)

    def only_new() -> None:
        assert not (to / "last.ckpt").exists() or (to / "last.ckpt").read_bytes() == new

    with watching(person, SLOWLY, env=engine):
        until(lambda: staged_bytes(to) > 0)
        with (run / "last.ckpt").open("r+b") as file:
            file.write(new)
        until((to / "last.ckpt").exists, only_new)
        only_new()


def test_a_marked_directory_is_taken_at_once_and_what_is_newer_than_the_marker_is_not(
    run: Path, to: Path, person: Person, engine: dict[str, str]
) -> None:
    """Without the marker it would take ten minutes."""
    write(run / "step-1" / "model")
    write(run / "step-1" / "deep" / "optimizer")
    write(run / "step-1" / "_SUCCESS", mtime_s=1_700_000_001)
    write(run / "step-2" / "model")
    write(run / "step-3" / "model", mtime_s=1_700_000_005)
    write(run / "step-3" / "config")
    write(run / "step-3" / "_SUCCESS", mtime_s=1_700_000_001)

    said = watches(person, "--done-marker=_SUCCESS", "--rounds=2", settle=600, env=engine)

    assert said.exit_code == 0, said.stderr
    assert {str(path.relative_to(to)) for path in to.rglob("*") if path.is_file() and path not in staged(to)} == {
        *("step-1/model", "step-1/deep/optimizer", "step-1/_SUCCESS")
    }
    assert sorted(said.json["waiting"]) == ["step-2/model", "step-3/_SUCCESS", "step-3/config", "step-3/model"]


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


def test_a_checkpoint_that_vanishes_is_no_error(run: Path, to: Path, person: Person, engine: dict[str, str]) -> None:
    """The run keeps its last checkpoint only: what was shown stays, what was on the way is dropped."""
    write(run / "step-1" / "model", b"one")
    with watching(person, SLOWLY, env=engine) as process:
        until((to / "step-1" / "model").exists)
        write(run / "step-2" / "model", os.urandom(BIG_BYTES))
        until(lambda: staged_bytes(to) > 0)
        shutil.rmtree(run / "step-1")
        shutil.rmtree(run / "step-2")
        write(run / "step-3" / "model", b"three")
        until((to / "step-3" / "model").exists)
        until(lambda: not staged(to))
        assert process.poll() is None

    assert (to / "step-1" / "model").read_bytes() == b"one"
    assert not (to / "step-2").exists()


def test_a_tree_of_hostile_names_arrives_as_it_is(run: Path, to: Path, person: Person, engine: dict[str, str]) -> None:
    """Links, empty directories, modes and times of files too; excluded names stay away."""
    run.rmdir()
    make_tree(run)
    (run / os.fsdecode(b"not utf-8 \xff")).write_text("x")
    write(run / "cache" / "x.tmp")
    write(run / "a.log")

    said = watches(person, "--rounds=3", "--exclude=*.log", "--exclude=/cache", env=engine)

    assert said.exit_code == 0, said.stderr
    assert said.json["waiting"] == []
    shutil.rmtree(run / "cache")
    (run / "a.log").unlink()
    assert without_times_of_directories(to) == without_times_of_directories(run)
    assert stat.S_IMODE((to / "executable").stat().st_mode) == 0o750


def without_times_of_directories(root: Path) -> dict[str, tuple[object, ...]]:
    return {name: found if found[-1] is not None else found[:1] for name, found in described(root).items()}


def test_a_box_without_commands_is_watched_by_sftp_alone(run: Path, to: Path, person: Person, box: Sshd) -> None:
    keys = box.home / ".ssh" / "authorized_keys"
    keys.write_text(f'command="echo no shell here" {keys.read_text()}')
    write(run / "step-1" / "model")
    (run / "latest").symlink_to("step-1")
    (run / "empty").mkdir()

    said = watches(person, "--rounds=3", "--exclude=*.tmp")

    assert said.exit_code == 0, said.stderr
    assert said.json["waiting"] == []
    assert (to / "latest" / "model").read_bytes() == b"content"
    assert (to / "empty").is_dir()


def test_the_directory_itself_is_named_without_a_trailing_slash(run: Path, person: Person) -> None:
    """As for a pull, and the patterns see its name too."""
    write(run / "model")
    write(run / "x")

    said = person.types(
        *("fab", "-H", "proj-1", "transfer.watch", "--path=run", "--every=1", "--settle=1", "--rounds=3"),
        "--exclude=/run/x",
    )

    assert said.exit_code == 0, said.stderr
    assert [path.name for path in (person.home / "proj-1" / "run").iterdir()] == ["model"]


def test_a_link_that_becomes_a_directory_leads_nothing_astray(run: Path, to: Path, person: Person) -> None:
    precious = person.home / "precious"
    precious.mkdir()
    (run / "a").symlink_to(precious)
    first = watches(person, "--rounds=3")
    (run / "a").unlink()
    write(run / "a" / "authorized_keys", b"theirs")

    said = watches(person, "--rounds=3")

    assert first.exit_code == 0, first.stderr
    assert (to / "a").is_symlink()
    assert said.exit_code == 30
    assert "where something else must go" in said.stderr
    assert list(precious.iterdir()) == []


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
