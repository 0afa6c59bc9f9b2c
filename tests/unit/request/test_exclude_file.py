"""A file of patterns means what rsync takes from it, which is asked."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.request.patterns import Excluded, patterns_in
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("a", "b", "ab", "#a", ";a", " a", "a ", "d/a", "d/b", "d/#a", "!", "!a", "- a", "+ a")
LINES = st.lists(
    st.sampled_from(
        ["a", "b", "#a", ";a", " #a", " a", "a ", "", "d/", "/a", "*", "+ a", "- b", "!", "\\#a", "d/**", "!a"]
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exclude") / "root"
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return root


def sent(root: Path, file: Path) -> set[str]:
    """Ask rsync what it would send."""
    words = ["--recursive", "--dry-run", "--out-format=%n", f"--exclude-from={file}", f"{root}/", "/nowhere"]
    done = subprocess.run(["rsync", *words], capture_output=True, timeout=20, check=True)
    return {os.fsdecode(line).rstrip("/") for line in done.stdout.split(b"\n")} - {"", "."}


def kept(root: Path, below: str, excluded: Excluded) -> Iterator[str]:
    for path in (root / below).iterdir():
        name = f"{below}{path.name}"
        if not excluded(name, is_directory=path.is_dir()):
            yield name
            yield from kept(root, f"{name}/", excluded) if path.is_dir() else ()


@pytest.mark.slow
@max_examples(40)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
@example(["# everything but a", "+ a", "*"], "\n")
def test_it_means_what_it_means_to_rsync(place: Path, lines: list[str], end: str) -> None:
    file = place.parent / "patterns"
    file.write_bytes(end.join(lines).encode())

    assert set(kept(place, "", Excluded(patterns_in(str(file))))) == sent(place, file)


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    (tmp_path / "patterns").write_bytes(b"caf\xe9\n")

    assert [os.fsencode(pattern) for pattern in patterns_in(str(tmp_path / "patterns"))] == [b"caf\xe9"]


def test_what_is_no_list_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"a\0b")

    with pytest.raises(LocalFileError, match="nowhere"):
        patterns_in(str(tmp_path / "nowhere"))
    with pytest.raises(LocalFileError, match="can't read"):
        patterns_in(str(tmp_path))
    with pytest.raises(UsageError, match="binary"):
        patterns_in(str(tmp_path / "binary"))
