"""Every flag that a page names exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ssh_transport.main import program
from ssh_transport.terminal import whole_line
from tasks import ns
from tests.docs.play import DOCS

if TYPE_CHECKING:
    from pathlib import Path

# Of other programs, by what the pages say of them.
OF_OTHERS = {
    *("--force", "--reinstall", "--upgrade"),  # pipx, uv, pip
    *(
        "--append",
        "--partial-dir",
        "--no-inc-recursive",
        "--sparse",
        "--timeout",
        "--protect-args",
        "--rsh",
        "--server",
    ),
    *("--retry", "--strict", "--raw", "--dirty", "--porcelain"),  # curl, mypy, a platform's command, git
    *("--near", "--runs"),  # benchmarks
    "--prompt-for-",  # `--prompt-for-...`: two of Fabric's
}
CONTEXTS = [context for space in ns.collections.values() for context in space.to_contexts()]
OF_PROGRAM = [*program.core_args(), *program.task_args()]
KNOWN = {
    *(flag for context in CONTEXTS for flag in (*context.flags, *context.inverse_flags)),
    *(f"--{name}" for argument in OF_PROGRAM for name in argument.names),
    *(word.partition("=")[0] for word in whole_line.BEHIND),
}
PAGES = [DOCS.parent / "README.md", DOCS.parent / "CHANGELOG.md", *DOCS.glob("*.md"), *DOCS.glob("how-to/*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_flags_of_a_page_exist(path: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text(encoding="utf-8")))

    assert named - KNOWN - OF_OTHERS == set()


def test_a_flag_that_was_renamed_would_be_found() -> None:
    assert "--verify" in KNOWN
    assert "--verfy" not in KNOWN | OF_OTHERS
