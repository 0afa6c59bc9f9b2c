"""The tree of errors is the one that is drawn, and each is rendered in one way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport import errors
from ssh_transport.errors import CommandFailed, LinkLost, NoTarget, SeveralFailed, TaskError
from ssh_transport.platforms.profile import KnownProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAWN = re.compile(r"    (?P<stem>(?:[│ ]   )*)(?:[├└]── )?(?P<name>\w+)(?: +(?P<code>\d+))?(?: .*)?")


class Node(NamedTuple):
    name: str
    parent: str
    code: int | None


def drawn() -> Iterator[Node]:
    """Yield the nodes of the tree in the module's docstring."""
    path: list[str] = []
    lines = (errors.__doc__ or "").split("::")[1].splitlines()
    for line in filter(str.strip, lines):
        match = _DRAWN.fullmatch(line)
        assert match, line
        depth = 0 if not path else len(match["stem"]) // 4 + 1
        path[depth:] = [match["name"]]
        yield Node(match["name"], path[depth - 1] if depth else "Exit", int(match["code"]) if match["code"] else None)


def real(kind: type[TaskError] = TaskError) -> Iterator[Node]:
    """Yield the classes of the module."""
    base = kind.__bases__[0].__name__
    yield Node(kind.__name__, base, vars(kind).get("exit_code"))
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from real(child)


def test_the_drawn_tree_is_the_real_one() -> None:
    """Names, parents and exit codes in the docstring are those of the classes."""
    assert list(drawn()) == list(real())


def test_every_leaf_has_an_exit_code_of_its_own() -> None:
    """No two classes share a code, and every class that can be raised has one."""
    nodes = list(real())
    parents = {node.parent for node in nodes}
    codes = [node.code for node in nodes if node.code is not None]
    without = {node.name for node in nodes if node.code is None and node.name not in parents}

    assert sorted(set(codes)) == sorted(codes)
    assert without == {"SeveralFailed"}


def test_every_error_is_an_exit_with_its_code() -> None:
    """Invoke leaves with the code of the class and prints the whole message."""
    error = LinkLost("it broke", hint="again")

    assert (15, str(error)) == (error.code, error.message)


class Rendering(NamedTuple):
    error: TaskError
    text: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Rendering(NoTarget("no box was named"), "error: no box was named"), id="what alone"),
        pytest.param(
            Rendering(
                CommandFailed("a command failed", box="web", cause="exit 1", hint="look: ssh web"),
                "error: a command failed on `web`\n  cause: exit 1\n\nhint: look: ssh web",
            ),
            id="all four",
        ),
        pytest.param(
            Rendering(LinkLost("the connection to `web` broke", box="web"), "error: the connection to `web` broke"),
            id="box named once",
        ),
        pytest.param(
            Rendering(LinkLost("`web1` broke", box="web"), "error: `web1` broke on `web`"),
            id="another box is not the box",
        ),
        pytest.param(
            Rendering(
                CommandFailed("failed", cause="\n one\ntwo\n  three \n"),
                "error: failed\n  cause: one\n         two\n           three",
            ),
            id="lines of a cause are aligned",
        ),
        pytest.param(
            Rendering(
                CommandFailed("failed", box="w\x07", cause="\x1b[31mred\r\u202e\udcff\nhint: rm -rf /"),
                "error: failed on `w\\x07`\n  cause: \\x1b[31mred\\r\\u202e\\udcff\n         hint: rm -rf /",
            ),
            id="hostile",
        ),
        pytest.param(Rendering(CommandFailed("failed", hint="one\ntwo"), "error: failed\n\nhint: one\ntwo"), id="hint"),
    ],
)
def test_an_error_is_rendered_whole(case: Rendering) -> None:
    """The printed message is what, cause and hint, each in its place."""
    assert case.text == str(case.error)


def test_several_failures_leave_with_the_highest_code() -> None:
    """The worst failure decides, and every failed box is named."""
    failures = {"a": NoTarget("no"), "b": LinkLost("no"), "c": errors.Refused("no")}
    error = SeveralFailed(failures)

    assert error.code == error.exit_code == 15
    assert str(error) == "error: 3 of the boxes failed: a, b, c"


def test_a_known_problem_is_reported_last() -> None:
    """Below the hint stand the id, the cause and the fix."""
    error = LinkLost("it broke", hint="again")
    error.known_problem = KnownProblem(id="X1", symptom="s", cause="a nap", fix="wake it")

    assert str(error) == "error: it broke\n\nhint: again\n\nknown as X1: a nap\n  fix: wake it"
