"""A watch shows only what has stopped changing, and all of it."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from tests.support.processes import until
from tests.support.trees import described, make_tree
from tests.support.watched import BIG_BYTES, growing, staged, staged_bytes, watches, watching, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

# About three seconds for a big file.
SLOWLY = "--bwlimit=2000"


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
