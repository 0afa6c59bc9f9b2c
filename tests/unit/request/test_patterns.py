"""Exclude patterns mean here what they mean to rsync, which is asked."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.request.patterns import Excluded
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NAMES = (
    "a",
    "ab",
    "b/a",
    "b/ab",
    "b/b/a",
    "a.b/a",
    "a.b/b/ab",
    "b/a.b/a",
    "b/-]",
    "b/[a]",
    "b/a*",
    "b/a\\b",
    "b/é",
    "b/a\nb",
    "b/b/b/b.a",
)
PATTERNS = st.text(st.sampled_from("ab./*?[]-^!\\é*/ab"), min_size=1, max_size=9).filter(lambda word: word[0] != "!")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("patterns") / "root"
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (root / "b" / "empty").mkdir()
    return root


def sent(source: str, patterns: Sequence[str]) -> set[str]:
    """Ask rsync what it would send."""
    words = [f"--exclude={pattern}" for pattern in patterns]
    done = subprocess.run(
        [
            "rsync",
            "--recursive",
            "--dry-run",
            "--from0",
            "--8-bit-output",
            "--out-format=%n",
            *words,
            source,
            "/nowhere",
        ],
        capture_output=True,
        timeout=20,
        check=True,
    )
    names = (os.fsdecode(line).replace("\\#012", "\n").rstrip("/") for line in done.stdout.split(b"\n"))
    return {name for name in names if name not in {"", "."}}


def kept(root: Path, below: str, excluded: Excluded) -> Iterator[str]:
    for path in sorted(root.iterdir()):
        name = f"{below}{path.name}"
        if not excluded(name, is_directory=path.is_dir()):
            yield name
            if path.is_dir():
                yield from kept(path, f"{name}/", excluded)


@pytest.mark.slow
@given(st.lists(PATTERNS, min_size=1, max_size=2))
@max_examples(150)
@example(["/a"])
@example(["a/"])
@example(["b/***"])
@example(["**/a"])
@example(["b/**/a"])
@example(["/b/**"])
@example(["b/a*"])
@example(["[!a]"])
@example(["[]-]"])
@example(["[[:alpha:]].[b-]"])
@example(["b[/a]"])
@example(["a\\b"])
@example(["a\\*"])
@example(["\\[a]"])
@example(["+ b/a", "b/*"])
@example(["- a"])
@example(["root/a"])
@example(["/root/b"])
@example(["b**"])
@example(["**"])
@example(["***"])
@example(["?"])
@example(["a//"])
@example(["//a"])
def test_the_same_names_are_left_out_as_by_rsync(tree: Path, patterns: list[str]) -> None:
    """With and without the slash that means the contents."""
    excluded = Excluded(patterns)

    assert set(kept(tree, "", excluded)) == sent(f"{tree}/", patterns)
    whole = {"root", *kept(tree, "root/", excluded)} if not excluded("root", is_directory=True) else set()
    assert whole == sent(str(tree), patterns)


def test_a_lone_exclamation_mark_forgets_the_patterns_before_it(tree: Path) -> None:
    """As in rsync's old rules."""
    patterns = ["a", "!", "ab"]

    assert set(kept(tree, "", Excluded(patterns))) == sent(f"{tree}/", patterns)


def test_the_rules_for_the_box_are_plain_ascii() -> None:
    """They travel as words."""
    rules = Excluded(["é[é]*/", "\udcff?"]).rules

    assert all(rule.regex.isascii() for rule in rules)
    assert [rule.directories_only for rule in rules] == [True, False]
