"""What Invoke's command line lacks: a positional word that a flag may stand in for."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from invoke.parser import Argument

if TYPE_CHECKING:
    from collections.abc import Callable


def or_flag(task: Any, positional: str, flag: str) -> Any:
    """
    Return an Invoke task whose `positional` must be given, unless its boolean `flag` is.

    Invoke asks for every positional word and takes a word that has a default for none at all.
    """
    task.get_arguments = functools.partial(_arguments, task.get_arguments, positional, flag)
    return task


class _Replaceable(Argument):
    """A positional argument that is not missing once its flag was seen."""

    def __init__(self, argument: Argument, flag: Argument) -> None:
        super().__init__(names=argument.names, help=argument.help, positional=True, attr_name=argument.attr_name)
        self._flag = flag

    @property
    def value(self) -> Any:
        return "" if self._value is None and self._flag.value else self._value

    @value.setter
    def value(self, word: str) -> None:
        self.set_value(word)


def _arguments(original: Callable[..., list[Argument]], positional: str, flag: str, **options: Any) -> list[Argument]:
    found = {argument.name: argument for argument in original(**options)}
    found[positional] = _Replaceable(found[positional], found[flag])
    return list(found.values())
