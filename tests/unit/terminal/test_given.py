"""Python callers hand in what Python has: paths, lists, one text where several may be; a slip is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import invoke
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from ssh_transport.terminal.given import given

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTEXT = invoke.Context()


def copies(
    c: invoke.Context,
    path: str,
    *,
    to: str = "",
    on: str = "",
    exclude: Iterable[str] | None = None,
    jobs: int = 4,
    delete: bool = False,
) -> None:
    """Stand for a task."""


def arguments(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return dict(list(given(copies, ["exclude"], (CONTEXT, *args), kwargs)[0].arguments.items())[1:])


@pytest.mark.parametrize(
    ("handed_in", "has"),
    [
        ({"exclude": "*.bin"}, {"exclude": ["*.bin"]}),
        ({"exclude": Path("a/b")}, {"exclude": ["a/b"]}),
        ({"exclude": ["*.bin", Path("x")]}, {"exclude": ["*.bin", "x"]}),
        ({"exclude": (name for name in ("a", "b"))}, {"exclude": ["a", "b"]}),
        ({"exclude": None}, {"exclude": None}),
        ({"to": Path("/data")}, {"to": "/data"}),
        ({"to": 7}, {"to": "7"}),
        ({"to": None}, {"to": ""}),
        ({"on": ["a", "b"]}, {"on": "a,b"}),
        ({"jobs": 2}, {"jobs": 2}),
        ({"delete": True}, {"delete": True}),
    ],
)
def test_what_python_has_is_taken(handed_in: dict[str, Any], has: dict[str, Any]) -> None:
    assert arguments("/ckpt", **handed_in) == {"path": "/ckpt", **has}


@pytest.mark.parametrize(
    ("handed_in", "says"),
    [
        ({"exclude": b"*.bin"}, "copies: exclude is a text, a path, or several of them, not bytes"),
        ({"exclude": [["a"]]}, "each of copies: exclude is a text or a path, not list"),
        ({"exclude": 5.0 + 1j}, "copies: exclude is a text, a path, or several of them, not complex"),
        ({"to": ["a"]}, "copies: to is a text or a path, not list"),
        ({"to": True}, "copies: to is a text or a path, not bool"),
        ({"jobs": "2"}, "copies: jobs is a whole number, not str"),
        ({"jobs": Decimal(2)}, "copies: jobs is a whole number, not Decimal"),
        ({"jobs": 2.5}, "copies: jobs is a whole number, not float"),
        ({"jobs": float("nan")}, "copies: jobs is a whole number, not float"),
        ({"on": []}, "copies: on names no box"),
        ({"delete": "no"}, "copies: delete is True or False, not str"),
        ({"delete": 0}, "copies: delete is True or False, not int"),
        ({"excludes": "x"}, "copies: got an unexpected keyword argument 'excludes'"),
        ({"path": "again"}, "copies: multiple values for argument 'path'"),
    ],
)
def test_what_can_t_be_meant_is_named_before_anything_is_done(handed_in: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError) as caught:
        arguments("/ckpt", **handed_in)

    assert str(caught.value) == says


@pytest.mark.parametrize("args", [(), ("proj-1",), (None,)])
def test_a_call_without_a_connection_says_what_to_pass(args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"the first argument is a fabric\.Connection or an invoke\.Context") as caught:
        given(copies, [], args, {})

    both = 'copies(fabric.Connection("proj-1"), ...) or copies(invoke.Context(), ..., on="proj-1")'
    assert str(caught.value).endswith(f": {both}")


def test_a_connection_is_a_context() -> None:
    connection = fabric.Connection("proj-1")

    assert given(copies, [], (connection, "/x"), {})[0].args == (connection, "/x")


@cases(st.text(min_size=1))
def test_one_pattern_is_never_taken_for_its_characters(pattern: str) -> None:
    assert arguments("/ckpt", exclude=pattern)["exclude"] == [pattern]
