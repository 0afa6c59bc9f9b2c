"""A path that is not there ends in something to type; one that looks like a pattern in how to choose."""

from __future__ import annotations

import pytest

from ssh_transport.errors import NoSuchPath


@pytest.mark.parametrize(
    ("what", "chosen"),
    [
        ("there is no `/ckpt/*.pt` on `b`", "'+ *.pt'"),
        ("there is no `*` on `b`", "'+ *'"),
        ("there is no directory `./runs/run-?`", "'+ run-?'"),
    ],
)
def test_a_pattern_is_told_to_be_none(what: str, chosen: str) -> None:
    error = NoSuchPath(what, box="b", hint="look around: ssh b ls -la")

    assert error.hint.startswith("a path is no pattern: name the directory, and what of it")
    assert error.hint.endswith(f"DIR/ --exclude={chosen} --exclude='*'")


def test_any_other_has_what_was_said_or_where_to_look() -> None:
    assert NoSuchPath("there is no `x` on `b`", box="b", hint="as said").hint == "as said"
    assert NoSuchPath("there is no `x` on `a b`", box="a b").hint == "look around: ssh 'a b' ls -la"
    assert NoSuchPath("there is no `x` on this machine").hint == "see what is there: ls -la"
    assert NoSuchPath("there is no `a*/x` on this machine").hint == "see what is there: ls -la"
