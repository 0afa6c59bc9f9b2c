"""Every command that a page shows is run against a real box, and what it says is compared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.docs.play import DOCS, STAGES, played
from tests.docs.transcript import VARIES, Command, commands, is_said

if TYPE_CHECKING:
    from pathlib import Path

# Recipes of these are tested in tests/integration, and what they show is no answer of a box.
ELSEWHERE = {"runbooks.md", "json.md", "lint.md"}


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="an sshd with a /root of its own needs root")
@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_page_shows_what_happens(name: str, tmp_path: Path) -> None:
    typed = commands((DOCS / name).read_text(encoding="utf-8"))

    results = played(name, typed, tmp_path)

    for command, result in zip(typed, results, strict=True):
        assert is_said(command.said, result["said"]), f"$ {command.line}\n{result['said']}"


def test_every_page_that_shows_commands_is_run() -> None:
    pages = {path.relative_to(DOCS).as_posix(): path for path in [*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md")]}

    assert {name for name, path in pages.items() if commands(path.read_text())} - ELSEWHERE == set(STAGES)


def test_what_varies_is_any_text_or_any_lines() -> None:
    assert is_said(["took … long"], "took very long\n")
    assert is_said(["a", VARIES, "z"], "a\nb\nc\nz\n")
    assert is_said(["a", VARIES, "z"], "a\nz\n")
    assert is_said(["in 1.2 s, at 3 MB/s"], "in 31 s, at 4.5 kB/s\n")
    assert not is_said(["a"], "a\nb\n")
    assert not is_said(["a … c"], "a b d\n")
    assert not is_said(["3 files"], "4 files\n")


def test_a_comment_is_not_typed() -> None:
    assert Command("inv keys.generate   # once", ()).typed == "inv keys.generate"
