"""Which scripts the linter looks at, and by which rules."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.lint import scripts
from ssh_transport.lint.finding import Skipped
from ssh_transport.lint.run import lint, parse_selection
from tests.support.linted import OURS, TRAP, ids

if TYPE_CHECKING:
    from pathlib import Path


def test_a_directory_is_searched_for_scripts(tmp_path: Path) -> None:
    """By suffix and by first line; links, other programs and git's own are none."""
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("a.sh", "sub/b", ".git/c.sh"):
        (tmp_path / name).write_text(TRAP)
    (tmp_path / "tool").write_text("#!/usr/bin/env python\nscp -r a b:\n")
    (tmp_path / "text").write_text("scp -r a b:\n")
    (tmp_path / "link.sh").symlink_to("a.sh")

    found = lint(str(tmp_path), OURS)

    assert [finding.file for finding in found.findings] == [f"{tmp_path}/a.sh", f"{tmp_path}/sub/b"]
    assert found.scripts == 2


def test_a_work_tree_is_searched_as_git_sees_it(tmp_path: Path) -> None:
    """Tracked or not, but not what is ignored; a file that is named is looked at all the same."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True, timeout=20)
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "build").mkdir()
    for name in ("a.sh", "build/b.sh"):
        (tmp_path / name).write_text(TRAP)

    assert len(ids(tmp_path)) == 1
    assert len(ids(tmp_path / "build" / "b.sh")) == 1


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPath, match="there is no"):
        lint(str(tmp_path / "none"), OURS)


def test_what_can_not_be_a_script_is_passed_over_and_named(tmp_path: Path) -> None:
    """NUL bytes, too many bytes, no regular file: never read to the end, never waited for."""
    (tmp_path / "a.sh").write_bytes(b"#!/bin/sh\n\0\0")
    (tmp_path / "b.sh").write_bytes(b"#!/bin/sh\n" + b"#" * scripts.LIMIT_BYTES)
    os.mkfifo(tmp_path / "c.sh")

    found = lint(str(tmp_path), OURS)

    assert [script.reason for script in found.passed_over] == [
        "it holds NUL bytes: no script", "it is larger than 1,048,576 bytes",
    ]  # fmt: skip
    assert lint(str(tmp_path / "c.sh"), OURS).passed_over == (Skipped(f"{tmp_path}/c.sh", "it is no regular file"),)


@pytest.mark.parametrize(
    ("select", "ignore", "wanted", "unwanted"),
    [
        ("", "", {"ST003", "SC2086"}, {"ST001", "ST002"}),
        ("ST", "", {"ST003", "ST101"}, {"ST001", "ST002"}),
        ("ST0", "", {"ST001", "ST002", "ST003"}, {"ST101", "SC2086"}),
        ("ST,ST002", "", {"ST002", "ST101"}, {"ST001", "SC2086"}),
        ("ST1", "", {"ST101"}, {"ST001", "SC2086"}),
        ("st,SC2086", "ST0", {"ST101", "SC2086"}, {"ST001", "SC2087"}),
        ("", "SC", {"ST101"}, {"SC2086"}),
    ],
)
def test_rules_are_chosen_by_the_beginning_of_their_ids(
    select: str, ignore: str, wanted: set[str], unwanted: set[str]
) -> None:
    made = parse_selection(select, ignore)

    assert {rule for rule in wanted | unwanted if rule in made} == wanted
    assert made.shellcheck == any(rule.startswith("SC") for rule in wanted)


def test_an_unknown_rule_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no rule is called `ST999`"):
        parse_selection("ST999", "")
