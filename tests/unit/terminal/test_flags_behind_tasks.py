"""A flag of the program may stand behind a task, before and between its paths: `-H` is learnt from `ssh` and `fab`."""

from __future__ import annotations

import shlex

import pytest

from tests.support.typed_line import slip, typed


@pytest.mark.parametrize(
    "words",
    [
        "-H a transfer.push x y",
        "transfer.push -H a x y",
        "transfer.push x -H a y",
        "transfer.push x y -H a",
        "transfer.push x --hosts=a --to y",
        "transfer.push -H=a x --to=y",
        "transfer.push x --to y -H a --debug",
        "transfer.push --debug x -H a y",
        "keys.list transfer.push -H a x y",
        "--debug transfer.push -H a x y",
    ],
)
def test_it_takes_the_place_of_no_path(words: str) -> None:
    core, *_, pushing = typed(*shlex.split(words))

    assert (pushing.args["path"].value, pushing.args["to"].value) == ("x", "y")
    assert core.args["hosts"].value in ({"a"} if not words.startswith("-H") else {None})


@pytest.mark.parametrize("flag", ["--debug", "-R"])
def test_nor_that_of_a_word_that_may_be_left_out(flag: str) -> None:
    for words, problem in (((flag,), ""), ((flag, "T6"), "T6"), (("T6", flag), "T6")):
        _, explaining = typed("config.explain", *words)

        assert explaining.args["problem"].value == problem


@pytest.mark.parametrize(
    "words", ["-H a keys.check -H b", "keys.check -H a keys.list -H b", "-H a transfer.push -H a x y"]
)
def test_boxes_are_named_once(words: str) -> None:
    """The second would win, and the first be left out without a word."""
    error = slip(*words.split())

    assert error.what == "boxes are named twice"
