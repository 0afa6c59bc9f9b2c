"""A push of a git checkout: what goes, what goes away again, and what the box can say of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import Incomplete
from tests.support.checkouts import commit, git, repository

if TYPE_CHECKING:
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

PLACE = ".ssh-transport-code"


class Pushes:
    """A checkout here, and where it goes on the box."""

    def __init__(self, person: Person, box: Sshd, engine: str) -> None:
        (person.home / "fabric.yaml").write_text("transfer: {attempts: 1}\n")
        self.person, self.engine = person, engine
        self.top = repository(person.home / "proj", train_py="train", pkg__old_py="old", _gitignore="")
        (self.top / ".gitignore").write_text("*.ckpt\nvenv/\n")
        (self.top / "_gitignore").unlink()
        self.commit = commit(self.top)
        self.target = box.home / "work" / "src"

    def types(self, *flags: str) -> Said:
        ends = (f"--path={self.top}/", "--to=work/src", f"--engine={self.engine}")
        return self.person.types("fab", "-H", "proj-1", "transfer.push", *ends, "--git", *flags)

    def __call__(self, *flags: str) -> str:
        said = self.types(*flags)
        assert said.exit_code == 0, said.stderr
        return said.stdout + said.stderr

    @property
    def there(self) -> set[str]:
        """The files and links on the box, without what is kept of them."""
        found = (path for path in self.target.rglob("*") if path.is_symlink() or not path.is_dir())
        names = {str(path.relative_to(self.target)) for path in found}
        return {name for name in names if not name.startswith(PLACE)}

    @property
    def code(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.target / PLACE / "code.json").read_text())
        return found


@pytest.fixture(params=["rsync", "sftp"])
def push(request: pytest.FixtureRequest, person: Person, box: Sshd) -> Pushes:
    return Pushes(person, box, request.param)


def test_what_git_would_send_arrives_with_its_commit_and_dirt_and_a_second_run_changes_nothing(push: Pushes) -> None:
    (push.top / "train.py").write_text("changed")
    (push.top / "run.sh").write_text("new")
    (push.top / "run.sh").chmod(0o755)
    (push.top / "link").symlink_to("pkg")
    (push.top / "a.ckpt").write_text("ignored")
    (push.top / "venv").mkdir()
    (push.top / "venv" / "x").write_text("ignored")
    odd = os.fsdecode(b"odd \xff\n\\ [x]")
    (push.top / odd).write_text("any bytes")

    said = push("--verify")

    assert push.there == {"train.py", "pkg/old.py", ".gitignore", "run.sh", "link", odd}
    assert (push.target / "run.sh").stat().st_mode & 0o111
    assert (push.target / "link").readlink() == Path("pkg")
    assert f"{push.commit[:12]}-dirty of main (1 changed, 3 new files)" in said
    assert "work/src on proj-1: all 5 files (35 B) that were sent compared equal (sha256)" in said
    assert push.code["commit"] == push.commit
    assert push.code["is_whole"] is True
    assert push.code["differing"] == 4
    before = {path: path.stat().st_mtime_ns for path in push.target.rglob("*")}
    assert "nothing to do" in push()
    assert {path: path.stat().st_mtime_ns for path in push.target.rglob("*")} == before


def test_only_what_was_sent_and_left_the_checkout_is_deleted(push: Pushes) -> None:
    """What the box made stays, and so does what was changed there."""
    for number in range(6):
        (push.top / f"stays {number}").write_text("stays")
    (push.top / "notes.txt").write_text("mine")
    (push.top / "gone" / "deep").mkdir(parents=True)
    (push.top / "gone" / "deep" / "x.py").write_text("x")
    push()
    for name in ("a.ckpt", "venv/bin", "pkg/__pycache__/old.pyc"):
        (push.target / name).parent.mkdir(parents=True, exist_ok=True)
        (push.target / name).write_text("the box's")
    (push.target / "notes.txt").write_text("changed on the box")
    (push.top / "notes.txt").unlink()
    shutil.rmtree(push.top / "gone")
    shutil.rmtree(push.top / "pkg")

    assert "deletion" not in push(), "it was not asked for"
    assert {"gone/deep/x.py", "pkg/old.py", "notes.txt"} <= push.there
    forecast = push("--delete", "--dry-run")
    assert "delete gone/deep/x.py" in forecast
    assert "gone/deep/x.py" in push.there
    said = push("--delete")

    assert "not deleted, as changed on the box since they were sent: notes.txt" in said
    made = {"a.ckpt", "venv/bin", "pkg/__pycache__/old.pyc", "notes.txt"}
    assert push.there == {".gitignore", "train.py", *made, *(f"stays {number}" for number in range(6))}
    assert not (push.target / "gone").exists()
    assert "nothing to do" in push("--delete")


def test_a_directory_makes_way_for_a_link_with_delete_alone(push: Pushes) -> None:
    push()
    shutil.rmtree(push.top / "pkg")
    (push.top / "pkg").symlink_to("elsewhere")

    said = push.types()
    assert said.exit_code != 0
    assert "pkg" in said.stderr
    push("--delete")

    assert (push.target / "pkg").readlink() == Path("elsewhere")
    assert push.code["is_whole"] is True


def test_a_push_that_is_refused_leaves_the_box_and_its_note_alone(push: Pushes) -> None:
    push()
    before = push.code
    shutil.copy(push.person.identity, push.top / "notes")

    assert push.types().exit_code == 7
    assert push.code == before


def test_submodules_go_along_with_their_dirt(push: Pushes) -> None:
    library = repository(push.top.parent / "library", lib_py="lib")
    git(push.top, "submodule", "--quiet", "add", str(library), "dep")
    commit(push.top)
    (push.top / "dep" / "lib.py").write_text("changed")
    (push.top / "dep" / "new.py").write_text("new")

    (push.person.home / "patterns").write_text("# not needed there\npkg/\n")
    push("--exclude-from=patterns")

    assert push.there == {".gitignore", ".gitmodules", "train.py", "dep/lib.py", "dep/new.py"}
    assert push.code["dirt"] == [" M dep/lib.py", "?? dep/new.py"]


def test_boxes_prove_that_they_run_the_same_code(push: Pushes, box: Sshd) -> None:
    push.person.adds_alias("proj-2", box.port, box.user)
    verify = ("fab", "-H", "proj-1,proj-2", "config.verify", "--code=work/src", "--json")
    assert push.person.types(*verify).exit_code == 21, "nothing was pushed yet"
    push()

    same = push.person.types(*verify)
    assert same.exit_code == 0, same.stderr
    rows = same.json
    assert {row["code"] for row in rows.values()} == {f"{push.commit[:12]} {push.code['sha256']:.12}"}

    (push.target / "train.py").write_text("another one")
    assert push.person.types(*verify).exit_code == 27
    table = push.person.types(*verify[:-1]).stdout
    assert "1 file changed on the box: train.py" in table
    push()
    (push.top / "train.py").unlink()
    push()
    assert "1 file of earlier code still there" in push.person.types(*verify[:-1]).stdout
    push("--delete")
    assert push.person.types(*verify).exit_code == 0


def test_a_note_of_code_that_is_damaged_is_told_of_each_box(push: Pushes, box: Sshd) -> None:
    push.person.adds_alias("proj-2", box.port, box.user)
    push()
    (box.home / "other" / ".ssh-transport-code").mkdir(parents=True)
    (box.home / "other" / ".ssh-transport-code" / "code.json").write_text('{"commit": 1')
    ask = ("config.verify", "--code=other", "--json")

    said = push.person.types("fab", "-H", "proj-1,proj-2", *ask)

    assert said.exit_code != 0
    rows = said.json
    assert set(rows) == {"proj-1", "proj-2"}
    for name, row in rows.items():
        assert row["exit_code"] == Incomplete.exit_code, row
        assert f"what is said of the code on `{name}` can't be read" in row["error"]


def test_a_name_that_waits_for_a_directory_to_go_sends_nothing_else(push: Pushes) -> None:
    """Neither git's own files nor what it ignores."""
    for name in ("train.py", ".gitignore"):
        (push.top / name).unlink()
    commit(push.top)
    push()
    shutil.rmtree(push.top / "pkg")
    (push.top / "pkg").write_text("a file now")
    (push.top / "a.ckpt").write_text("mine alone")
    (push.top / ".git" / "info" / "exclude").write_text("*.ckpt\n")
    commit(push.top)

    push("--delete", "--max-delete=10")

    assert push.there == {"pkg"}
    assert not (push.target / ".git").exists()


def test_a_dry_run_tells_what_waits_for_a_directory_to_go(push: Pushes) -> None:
    push()
    shutil.rmtree(push.top / "pkg")
    (push.top / "pkg").symlink_to("train.py")
    (push.top / "more").write_text("more")
    commit(push.top)

    foretold = push.types("--delete", "--dry-run", "--json")
    done = push.types("--delete", "--json")

    assert (foretold.exit_code, done.exit_code) == (0, 0), foretold.stderr + done.stderr
    told, came = (json.loads(said.stdout)["tasks"][0]["boxes"]["proj-1"]["result"] for said in (foretold, done))
    for what in ("matched", "files", "bytes", "links", "deletions"):
        assert told[what] == came[what], what
    assert "new symlink: pkg" in told["changes"]
    assert "new symlink: pkg" in foretold.stderr


@pytest.mark.parametrize(("mode", "now"), [(0o755, 0o644), (0o644, 0o755)])
def test_a_file_that_can_or_can_not_be_run_any_more_is_told(mode: int, now: int, push: Pushes) -> None:
    """It counts as the code that was sent where it may be deleted."""
    (push.top / "run.sh").write_text("echo")
    (push.top / "run.sh").chmod(mode)
    commit(push.top)
    push()
    ask = ("fab", "-H", "proj-1", "config.verify", "--code=work/src", "--json")
    before = push.person.types(*ask)
    (push.target / "run.sh").chmod(now)

    after = push.person.types(*ask)

    assert before.exit_code == 0, before.stdout + before.stderr
    assert after.exit_code != 0
    assert "1 file made executable, or not so any more, on the box: run.sh" in after.stdout
    (push.top / "run.sh").unlink()
    commit(push.top)
    push("--delete")
    assert "run.sh" not in push.there


def test_what_somebody_changed_on_the_box_stays_also_where_a_directory_should_go(push: Pushes) -> None:
    push()
    (push.target / "train.py").write_text("edited on the box")
    (push.top / "train.py").unlink()
    (push.top / "train.py").mkdir()
    (push.top / "train.py" / "a").write_text("a")

    refused = push.types()

    assert refused.exit_code == 7, refused.stderr
    assert "changed on the box since they were sent, and directories must go there: train.py" in refused.stderr
    assert (push.target / "train.py").read_text() == "edited on the box"


def test_a_file_that_nobody_changed_makes_way_for_a_directory(push: Pushes) -> None:
    push()
    (push.top / "train.py").unlink()
    (push.top / "train.py").mkdir()
    (push.top / "train.py" / "a").write_text("a")

    push("--delete")
    again = push("--delete")

    assert push.there == {".gitignore", "pkg/old.py", "train.py/a"}
    assert "nothing to do" in again


def test_a_note_that_lost_its_list_is_written_anew(push: Pushes) -> None:
    push()
    (push.target / PLACE / "files").unlink()

    push()

    assert (push.target / PLACE / "files").exists()
