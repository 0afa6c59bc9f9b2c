"""`ALIAS:PATH` means what scp and rsync mean by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import UsageError
from ssh_transport.request.end import operand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proj-1:/ckpt", ("proj-1", "/ckpt")),
        ("proj-1:ckpt/", ("proj-1", "ckpt/")),
        ("proj-1:", ("proj-1", "~")),
        ("proj-1:~/x", ("proj-1", "~/x")),
        ("root@203.0.113.7:/a:b:c", ("root@203.0.113.7", "/a:b:c")),
        ("[2001:db8::1]:/ckpt", ("[2001:db8::1]", "/ckpt")),
        ("root@[2001:db8::1]:x:y", ("root@[2001:db8::1]", "x:y")),
        ("proj-1:a\nb\udcff", ("proj-1", "a\nb\udcff")),
        ("proj-1:[x]:y", ("proj-1", "[x]:y")),
    ],
)
def test_a_box_and_a_path_are_told_apart(text: str, expected: tuple[str, str]) -> None:
    assert operand(text, "--from") == expected


@pytest.mark.parametrize("text", ["/ckpt", "ckpt", "./a:b", "/a:b", "a/b:c", "", ".", "~", "[::1]", "[::1]/x:y"])
def test_a_path_of_this_machine_is_told_to_be_one(text: str) -> None:
    """A colon behind a slash belongs to the path, as for rsync."""
    with pytest.raises(UsageError, match="is a path of this machine, and --to wants one of a box"):
        operand(text, "--to")


@pytest.mark.parametrize("text", [":/ckpt", "root@:/ckpt", ":"])
def test_a_box_without_a_name_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="no box is named"):
        operand(text, "--from")


@given(st.text(st.characters(blacklist_characters="[]:/@", blacklist_categories=["Cs"]), min_size=1), st.text())
def test_every_path_of_a_box_comes_back_as_it_was(box: str, path: str) -> None:
    assert operand(f"{box}:{path}", "--from") == (box, path or "~")
