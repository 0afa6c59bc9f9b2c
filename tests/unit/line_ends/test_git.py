"""Line ends in a git work tree: what git ignores is passed over, and the lines of .gitattributes hold."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.line_ends.ensure import RULE, ensure_attributes, pattern, with_lines
from ssh_transport.line_ends.here import scan_here
from tests.support.examples import max_examples
from tests.support.trees import HOSTILE_NAMES


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty git work tree."""
    git(tmp_path, "init", "-q")
    return tmp_path


def git(tree: Path, *words: str) -> str:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a"}
    done = subprocess.run(
        ["git", *words], cwd=tree, check=True, capture_output=True, timeout=20, env={**os.environ, **identity}
    )
    return os.fsdecode(done.stdout)


def test_ignored_files_are_passed_over_in_a_work_tree(tree: Path) -> None:
    """Unless they are tracked or named; what a link has replaced is not followed."""
    outside = tree.parent / f"{tree.name}-outside"
    outside.mkdir()
    for name in ("new.sh", "ignored.sh", "tracked-ignored.sh", "replaced/x.sh"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_bytes(b"a\r\n")
    git(tree, "add", "-f", "tracked-ignored.sh", "replaced/x.sh")
    (tree / ".gitignore").write_text("*ignored.sh\n")
    (tree / "replaced").rename(outside / "replaced")
    (tree / "replaced").symlink_to(outside / "replaced")

    found = scan_here(str(tree), fix=True)
    named = scan_here(str(tree / "ignored.sh"), fix=False)

    assert [finding.name for finding in found.findings] == ["new.sh", "tracked-ignored.sh"]
    assert [finding.name for finding in named.findings] == ["ignored.sh"]
    assert (outside / "replaced" / "x.sh").read_bytes() == b"a\r\n"


@given(st.lists(st.text(st.sampled_from('a*?[]\\!#" .\n\té'), min_size=1, max_size=6), min_size=2, max_size=4))
@max_examples(20)
@example(["a*", "ab"])
@example(list(HOSTILE_NAMES))
def test_a_pattern_fits_just_the_path_it_was_made_for(names: list[str]) -> None:
    """Asked of the real git: of all names only the first, and none of that name deeper down."""
    wanted, *others = [name if set(name) != {"."} else f"x{name}" for name in names]
    with tempfile.TemporaryDirectory() as place:
        git(Path(place), "init", "-q")
        Path(place, ".gitattributes").write_bytes(pattern(os.fsencode(wanted)) + b" " + RULE + b"\n")
        asked = [wanted, f"deeper/{wanted}", *(name for name in others if name != wanted)]
        fields = git(Path(place), "check-attr", "-z", "eol", "--", *asked).split("\0")

    said = dict(zip(fields[::3], fields[2::3], strict=False))
    assert {name for name, eol in said.items() if eol == "lf"} == {wanted}


@given(st.binary(), st.booleans())
def test_lines_are_added_and_every_byte_stays(old: bytes, first: bool) -> None:
    """A last line without its newline gets one."""
    new = with_lines(old, [b"*.sh text eol=lf"], first=first)

    assert new.endswith(old) if first else new.startswith(old)
    assert b"*.sh text eol=lf" in new.splitlines()
    assert with_lines(old, [], first=first) == old


def test_the_lines_hold_against_autocrlf_and_a_second_run_changes_nothing(tree: Path) -> None:
    """A checkout with `core.autocrlf` on leaves the scripts at LF; what was in the file is still there."""
    (tree / ".gitattributes").write_bytes(b"*.png binary\n* text=auto")
    (tree / "kept").mkdir()
    for name in ("a.sh", "sub run", "b.bash"):
        (tree / name).write_bytes(b"#!/bin/sh\n")
    (tree / "notes").write_bytes(b"a\n")
    git(tree, "add", ".")
    git(tree, "config", "core.autocrlf", "true")

    dry = ensure_attributes(str(tree), dry_run=True)
    first = ensure_attributes(str(tree / "kept"), dry_run=False)
    content = (tree / ".gitattributes").read_bytes()
    second = ensure_attributes(str(tree), dry_run=False)
    for name in ("a.sh", "sub run", "b.bash", "notes"):
        (tree / name).unlink()
        git(tree, "checkout", "--", name)

    added = ("*.sh text eol=lf", "*.bash text eol=lf", '"/sub run" text eol=lf')
    assert (dry.added, dry.made, dry.undone, dry.autocrlf) == (
        added, False, ("a.sh", "b.bash", "sub run"), "true"
    )  # fmt: skip
    assert (first.added, first.made, first.undone) == (added, True, ())
    assert content == b"*.png binary\n* text=auto\n" + "".join(f"{line}\n" for line in added).encode()
    assert (second.added, second.made) == ((), False)
    assert (tree / ".gitattributes").read_bytes() == content
    assert {(tree / name).read_bytes() for name in ("a.sh", "sub run", "b.bash")} == {b"#!/bin/sh\n"}
    assert (tree / "notes").read_bytes() == b"a\r\n"


def test_what_is_exempt_stays_so_and_what_is_overridden_is_reported(tree: Path) -> None:
    """`-text` for a fixture; a nested file that says CRLF."""
    (tree / "sub").mkdir()
    (tree / ".gitattributes").write_bytes(b"fixture.sh -text\r\n")
    for name in ("fixture.sh", "sub/x.sh", "y.sh"):
        (tree / name).write_bytes(b"a\r\n")
    git(tree, "add", ".")
    (tree / "sub" / ".gitattributes").write_bytes(b"*.sh eol=crlf\n")

    made = [ensure_attributes(str(tree), dry_run=False) for _ in range(2)]

    assert (tree / ".gitattributes").read_bytes() == b"*.sh text eol=lf\r\nfixture.sh -text\r\n"
    assert [one.made for one in made] == [True, False]
    assert [(one.kept, one.undone) for one in made] == [(("fixture.sh",), ("sub/x.sh",))] * 2
    assert made[0].renormalize == ("sub/x.sh", "y.sh")
    assert "git add --renormalize -- sub/x.sh y.sh" in str(made[0])


def test_a_place_without_a_work_tree_or_with_a_link_is_refused(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Git does not follow a link there."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (tree / ".gitattributes").symlink_to(elsewhere / "real")

    with pytest.raises(UsageError, match="is in no git work tree") as caught:
        ensure_attributes(str(elsewhere), dry_run=False)
    with pytest.raises(LocalFileError, match="is no regular file"):
        ensure_attributes(str(tree), dry_run=False)

    assert "git init" in caught.value.hint
