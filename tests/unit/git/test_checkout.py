"""What git would send of a work tree, in every state that one can be in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import ToolMissing, UsageError
from ssh_transport.git.checkout import Checkout, checkout, described, dirt_in_words
from tests.support.checkouts import commit, git, repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return repository(tmp_path / "proj", a_py="a", sub__b_py="b")


def look(directory: Path) -> Checkout:
    return checkout(str(directory))


def test_a_clean_work_tree_is_its_commit(top: Path) -> None:
    found = look(top)

    assert found.names == ("a.py", "sub/b.py")
    assert (found.commit, found.branch) == (git(top, "rev-parse", "HEAD"), "main")
    assert (found.dirt, found.told) == ((), ())
    assert described(found.commit, is_dirty=False) == found.commit[:12]


def test_a_directory_in_it_is_all_that_counts(top: Path) -> None:
    (top / "a.py").write_text("changed")
    (top / "sub" / "new.py").write_text("new")

    found = look(top / "sub")

    assert found.names == ("b.py", "new.py")
    assert found.dirt == ("?? new.py",)


def test_what_differs_from_the_commit_is_told_as_git_does(top: Path) -> None:
    (top / "a.py").write_text("changed")
    (top / "sub" / "b.py").unlink()
    (top / "staged.py").write_text("staged")
    git(top, "add", "staged.py")
    (top / "new.py").write_text("new")
    (top / ".gitignore").write_text("*.log\n")
    (top / "x.log").write_text("ignored")

    found = look(top)

    assert found.names == (".gitignore", "a.py", "new.py", "staged.py")
    assert found.dirt == (" M a.py", "A  staged.py", " D sub/b.py", "?? .gitignore", "?? new.py")
    assert dirt_in_words(found.dirt) == "3 changed, 2 new files"


def test_names_of_any_bytes_links_and_pipes(top: Path) -> None:
    odd = os.fsdecode(b"new\nline \xff")
    (top / odd).write_text("")
    (top / "link").symlink_to("nowhere")
    os.mkfifo(top / "pipe")
    git(top, "add", "link")

    assert look(top).names == tuple(sorted(("a.py", "sub/b.py", odd, "link")))


def test_what_a_link_leads_to_is_not_taken_for_the_work_tree(top: Path, tmp_path: Path) -> None:
    """A tracked directory was replaced by a link to one that holds the same name."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.py").write_text("of another")
    (top / "sub" / "b.py").unlink()
    (top / "sub").rmdir()
    (top / "sub").symlink_to(tmp_path / "other")

    assert look(top).names == ("a.py", "sub")


def test_submodules_within_submodules(top: Path, tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner", i_py="i")
    middle = repository(tmp_path / "middle", m_py="m")
    git(middle, "submodule", "--quiet", "add", str(inner), "inner")
    commit(middle)
    git(top, "submodule", "--quiet", "add", str(middle), "middle")
    commit(top)

    assert "middle/m.py" in look(top).names
    assert look(top).told == ("1 submodule that is not here, so not sent (git submodule update --init): middle/inner",)
    git(top, "submodule", "--quiet", "update", "--init", "--recursive")
    (top / "middle" / "inner" / "i.py").write_text("changed")
    found = look(top)
    assert "middle/inner/i.py" in found.names
    assert found.told == ()
    assert found.dirt == (" M middle/inner/i.py",)
    commit(top / "middle" / "inner")
    assert look(top).dirt == (" M middle/inner",), "it is at another commit"


def test_a_repository_inside_that_is_no_submodule_is_told(top: Path) -> None:
    repository(top / "inside", x_py="x")

    found = look(top)

    assert found.names == ("a.py", "sub/b.py")
    assert found.told == ("1 repository inside that is no submodule, so not sent: inside/",)


def test_a_sparse_checkout_and_a_file_that_is_not_watched_are_told(top: Path) -> None:
    git(top, "update-index", "--assume-unchanged", "a.py")
    git(top, "update-index", "--skip-worktree", "sub/b.py")
    (top / "sub" / "b.py").unlink()

    found = look(top)

    assert found.names == ("a.py",)
    assert found.told == (
        "1 file that the sparse checkout leaves out: sub/b.py",
        "1 file that git was told not to watch (--assume-unchanged), sent as it is: a.py",
    )


def test_a_second_work_tree_a_detached_head_and_a_conflict(top: Path, tmp_path: Path) -> None:
    other = tmp_path / "second"
    git(top, "worktree", "add", "--quiet", "--detach", str(other))
    assert (look(other).names, look(other).branch) == (("a.py", "sub/b.py"), "")

    git(other, "switch", "--quiet", "--create", "side")
    (other / "a.py").write_text("side")
    commit(other)
    (top / "a.py").write_text("main")
    commit(top)
    with pytest.raises(AssertionError):
        git(top, "merge", "--quiet", "side")
    assert look(top).names == ("a.py", "sub/b.py")
    assert look(top).dirt == ("UU a.py",)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    tmp_path.joinpath("new").mkdir()
    git(tmp_path / "new", "init", "--quiet", "--initial-branch=main")
    (tmp_path / "new" / "a.py").write_text("a")

    found = look(tmp_path / "new")

    assert (found.names, found.commit, found.branch) == (("a.py",), "", "main")
    assert described("", is_dirty=True) == "no-commit-dirty"


@pytest.mark.parametrize("kind", ["none", "bare", "empty", "ignored", "git's own"])
def test_where_git_would_send_nothing_it_is_refused(kind: str, top: Path, tmp_path: Path) -> None:
    places = {"bare": tmp_path / "bare.git", "ignored": top / "build", "git's own": top / ".git"}
    place = places.get(kind, tmp_path / "place")
    place.mkdir(exist_ok=True)
    if kind == "bare":
        git(place, "init", "--quiet", "--bare")
    elif kind == "empty":
        git(place, "init", "--quiet")
    elif kind == "ignored":
        (top / ".gitignore").write_text("build\n")
        (place / "x").write_text("x")

    with pytest.raises(UsageError, match="git"):
        look(place)


def test_without_git_it_is_said(top: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolMissing, match="git"):
        look(top)


def test_a_hook_of_another_repository_does_not_lead_astray(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", o_py="o")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")

    assert (look(top).names, look(top).dirt) == (("a.py", "sub/b.py"), ())
