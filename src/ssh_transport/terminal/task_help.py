"""The help of a task: first a line that a person could type, last the flags of the whole line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from . import report, whole_line
from .task import OurTask

if TYPE_CHECKING:
    from invoke.program import Program


def begin(program: Program, name: str) -> None:
    """Print an example, if it is a task of ours."""
    task = program.collection[name]
    if isinstance(task, OurTask):
        report.document(f"Example: {line(task, name, program.called_as)}\n")


def end(program: Program, name: str) -> None:
    """Print the flags that are not of the task, if it is one of ours."""
    if not isinstance(program.collection[name], OurTask):
        return
    flags = program.parser.contexts[name].flags
    behind = whole_line.behind(flags, for_boxes="--on" in flags)
    before = {word: about for word, about in whole_line.BEFORE.items() if word[:2] != "-H" or "hosts" in program.args}
    for where, found in (("behind any of its tasks", behind), ("before its tasks", before)):
        report.document(f"Flags of the whole line, {where}:")
        program.print_columns(list(found.items()))


def show(program: Program, name: str) -> None:
    """Print the help of a task of `fab` or `inv`."""
    begin(program, name)
    type(program).print_task_help(program, name)
    end(program, name)


def line(task: OurTask, name: str, program: str) -> str:
    """Return the example as it is typed for a program; what is no program's name stands for `fab`."""
    boxes, words = task.example
    named = shlex.quote(boxes)
    if program in {"inv", "invoke"} or not boxes:
        started = program if program in {"fab", "inv", "invoke", "ssh-transport"} else "inv"
        return " ".join(filter(None, [started, name, words, boxes and f"--on {named}"]))
    started = program if program == "ssh-transport" else "fab"
    return " ".join(filter(None, [started, f"-H {named}", name, words]))
