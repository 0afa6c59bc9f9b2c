"""Positional arguments that a flag can replace, or that may be left out, both of which Invoke's command line lacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from invoke.parser import Argument

if TYPE_CHECKING:
    from collections.abc import Callable


def or_flag(task: Any, positional: str, flag: str) -> Any:
    """
    Return an Invoke task whose `positional` must be given unless its boolean `flag` is given.

    Invoke requires every positional argument, and treats an argument with a default as a flag.
    """
    task.get_arguments = functools.partial(_arguments, task.get_arguments, positional, flag)
    return task


def or_nothing(task: Any, positional: str) -> Any:
    """Return an Invoke task whose `positional` is empty where it is left out."""
    task.get_arguments = functools.partial(_left_out, task.get_arguments, positional)
    return task


class _LeftOut(Argument):
    """A positional argument that may be left out; `TypedWords` then gives it an empty word."""


def may_be_left_out(argument: Argument) -> bool:
    """Whether a positional argument may be left out."""
    return isinstance(argument, _LeftOut)


class _Replaceable(Argument):
    """A positional argument that counts as given once its flag is set."""

    def __init__(self, argument: Argument, flag: Argument) -> None:
        super().__init__(names=argument.names, help=argument.help, positional=True, attr_name=argument.attr_name)
        self.flag = flag

    @property
    def value(self) -> Any:
        return "" if self._value is None and self.flag.value else self._value

    @value.setter
    def value(self, text: str) -> None:
        self.set_value(text)


def replaced_by(argument: Argument) -> Argument | None:
    """Return the flag that replaces a positional argument, if one does."""
    return argument.flag if isinstance(argument, _Replaceable) else None


def _left_out(original: Callable[..., list[Argument]], positional: str, **options: Any) -> list[Argument]:
    return [
        _LeftOut(names=argument.names, help=argument.help, positional=True, attr_name=argument.attr_name)
        if argument.name == positional
        else argument
        for argument in original(**options)
    ]


def _arguments(original: Callable[..., list[Argument]], positional: str, flag: str, **options: Any) -> list[Argument]:
    arguments = {argument.name: argument for argument in original(**options)}
    arguments[positional] = _Replaceable(arguments[positional], arguments[flag])
    return list(arguments.values())
