"""What a Python caller hands to a task, as the command line would have it; a slip is a `TypeError` that names it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import invoke

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_NUMBERS = (int, float)


def given(
    body: Callable[..., Any], lists: Collection[str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[inspect.BoundArguments, bool]:
    """
    Return the arguments of a call of a task's body, and whether its boxes were given as a list.

    Text may be a path or a number, a list of texts a single one; names of boxes may be a list.

    :param lists: the parameters that take several values.
    :raises TypeError: an argument is missing, unknown, or of a type that can't be meant.
    """
    task, signature = body.__name__.rstrip("_"), inspect.signature(body)
    if not (args and isinstance(args[0], invoke.Context)):
        what = f"not {_kind(args[0])}" if args else "which is missing"
        call = f"{task}(invoke.Context(), ...)"
        if "on" in signature.parameters:
            call = f'{task}(fabric.Connection("proj-1"), ...) or {task}(invoke.Context(), ..., on="proj-1")'
        raise TypeError(f"{task}: the first argument is a fabric.Connection or an invoke.Context, {what}: {call}")
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as exc:
        raise TypeError(f"{task}: {exc}") from None
    is_listed = not isinstance(bound.arguments.get("on") or "", str)
    for name, value in list(bound.arguments.items())[1:]:
        parameter = signature.parameters[name]
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        fits = _listed if name in lists else _names if name == "on" else _FITS.get(type(parameter.default), _text)
        bound.arguments[name] = parameter.default if value is None else fits(f"{task}: {name}", value)
    return bound, is_listed


def _text(what: str, value: Any) -> str:
    if isinstance(value, str | os.PathLike) and isinstance(text := os.fspath(value), str):
        return text
    if isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{what} is a text or a path, not {_kind(value)}")


def _listed(what: str, value: Any) -> list[str]:
    if isinstance(value, str | os.PathLike):
        return [_text(what, value)]
    if isinstance(value, Iterable) and not isinstance(value, bytes | dict):
        return [_text(f"each of {what}", one) for one in value]
    raise TypeError(f"{what} is a text, a path, or several of them, not {_kind(value)}")


def _names(what: str, value: Any) -> str:
    found = _listed(what, value)
    if not found:
        # Without a word, the boxes of the setting would be taken.
        raise TypeError(f"{what} names no box")
    return ",".join(found)


def _flag(what: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"{what} is True or False, not {_kind(value)}")


def _number(what: str, value: Any) -> int:
    if isinstance(value, _NUMBERS) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise TypeError(f"{what} is a whole number, not {_kind(value)}")


_FITS: dict[type, Callable[[str, Any], Any]] = {bool: _flag, int: _number}


def _kind(value: Any) -> str:
    """Return how a value is called in a message, without what may be secret in it."""
    return "None" if value is None else type(value).__name__
