"""Where in a command line the cursor stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.terminal.arguments import replaced_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke.parser import Argument, ParserContext


@dataclass
class Place:
    """
    What may stand at the cursor.

    :ivar word: what is typed of it; for the value of a flag, without the flag.
    :ivar context: the task that it belongs to, or the program.
    :ivar argument: the argument of which it is the value; `None` for a flag or a task.
    :ivar kept: what stands before `word` in the same word of the shell: ``--on=``.
    :ivar given: the values of the task's arguments so far, and of the program's, by name.
    """

    word: str
    context: ParserContext
    argument: Argument | None = None
    kept: str = ""
    given: dict[str, str] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """The name of the task, or empty."""
        return str(self.context.name or "")


def name_of(argument: Argument) -> str:
    """Return the name of an argument that says what it is: ``hosts``, not ``H``."""
    return max(argument.names, key=len)


def found(words: Sequence[str], initial: ParserContext, contexts: Mapping[str, ParserContext]) -> Place:
    """
    Find the place of the last word.

    :param words: without the program.
    :param initial: the flags of the program.
    :param contexts: the tasks.
    """
    *before, last = words
    context = initial
    missing: list[Argument] = []
    given: dict[str, str] = {}
    awaits: Argument | None = None
    for word in before:
        flag, equals, value = word.partition("=")
        if awaits is not None:
            given[name_of(awaits)], awaits = word, None
        elif word in contexts and (not missing or "." in word):
            context = contexts[word]
            missing = list(context.positional_args)
            given = {name: value for name, value in given.items() if name == "hosts"}
        elif argument := context.flags.get(flag):
            missing = [one for one in missing if one is not argument and replaced_by(one) is not argument]
            if equals:
                given[name_of(argument)] = value
            elif argument.takes_value and not argument.optional:
                awaits = argument
        elif missing and not word.startswith("-"):
            given[name_of(missing.pop(0))] = word
    if awaits is not None:
        return Place(last, context, awaits, given=given)
    flag, equals, value = last.partition("=")
    if equals and flag in context.flags:
        return Place(value, context, context.flags[flag], f"{flag}=", given)
    argument = missing[0] if missing and not last.startswith("-") else None
    return Place(last, context, argument, given=given)
