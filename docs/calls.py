"""What is typed for a task, as the call of a runbook."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tasks import ns

if TYPE_CHECKING:
    from invoke.parser import Argument

    from ssh_transport.terminal.task import OurTask


def call(typed: str) -> str:
    """
    Return a line of Python that does what a command line does; `c` is an Invoke context.

    :param typed: `inv TASK ...` with one task of ours; `--json` is left out, as a function returns its result.
    """
    _, name, *words = shlex.split(typed)
    space, _, _ = name.partition(".")
    task = next(one for one in ns.collections[space].tasks.values() if one.full_name == name)
    arguments = {one.names[0]: one for one in task.get_arguments()}
    free = (str(one.names[0]) for one in arguments.values() if one.positional)
    given = ["c"]
    for word in words:
        if not word.startswith("--"):
            next(free)
            given.append(_text(word))
        elif word != "--json":
            flag, equals, value = word.removeprefix("--").partition("=")
            argument = arguments[flag]
            given.append(f"{argument.attr_name or argument.name}={_value(argument, value) if equals else True}")
    return f"{space}.{function(task)}({', '.join(given)})"


def function(task: OurTask) -> str:
    """Return what its function is called."""
    return str(task.body.__name__)


def _value(argument: Argument, text: str) -> str:
    return text if argument.kind is int else f"[{_text(text)}]" if argument.kind is list else _text(text)


def _text(word: str) -> str:
    """Return a word as Python, in double quotes if it has none itself."""
    return repr(word) if '"' in word or "\\" in word else f'"{word}"'
