"""
How a command of ours is written for a person: with the program that they typed, as far as that has the tasks.

Hints name our commands by the program that works wherever it is installed, boxes in front:
``ssh-transport -H BOX NAMESPACE.TASK``. `as_typed` makes of it what works where the person stands.
"""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_PROGRAMS = frozenset({"fab", "inv", "invoke", "ssh-transport"})
# Stands for any task.
_ANY = "TASK"
_TASK = rf"(?:(?:config|hygiene|keys|secrets|transfer)\.[a-z]+(?:-[a-z]+)*|{_ANY})(?![\w.-])"
_COMMAND = re.compile(
    r"(?<![\w./-])ssh-transport(?P<hosts> -H (?P<box>'[^']*'|[^\s;`]*[^\s;`,]))?"
    rf"(?P<flags>(?: --[a-z-]+)*)(?P<tasks>(?: {_TASK})*)"
)


@dataclass(frozen=True)
class Program:
    """
    What was typed.

    :ivar words: its name, and what tells it where its tasks are.
    :ivar flags: those that it takes in front of all tasks.
    :ivar tasks: how our tasks are called there, by their full names.
    :ivar for_boxes: the full names of those that are for boxes.
    """

    words: str
    flags: Collection[str]
    tasks: Mapping[str, str]
    for_boxes: Collection[str]

    def written(self, command: re.Match[str]) -> str:
        """Return a command for it; as it is, where this program can't run it."""
        flags, names = command["flags"].split(), command["tasks"].split()
        hosts = command["hosts"] or ""
        if not (hosts or flags or names) or not self._has(flags, names):
            return command[0]
        tasks = [self.tasks.get(name, name) for name in names]
        if hosts and "-H" not in self.flags:
            are_for_boxes = [name == _ANY or name in self.for_boxes for name in names]
            if not any(are_for_boxes):
                return command[0]
            on = f" --on {command['box']}"
            tasks = [f"{task}{on * fits}" for task, fits in zip(tasks, are_for_boxes, strict=True)]
            hosts = ""
        return " ".join([f"{self.words}{hosts}", *flags, *tasks])

    def _has(self, flags: Collection[str], names: Collection[str]) -> bool:
        return all(flag in self.flags for flag in flags) and all(name == _ANY or name in self.tasks for name in names)


_typed: Program | None = None


def note(program: Program) -> None:
    """Take note of the program that was typed, once its tasks are known."""
    global _typed  # noqa: PLW0603 - a process is one program
    _typed = program


def is_ours(name: str) -> bool:
    """Whether a program of this name is one of those that run our tasks."""
    return name in _PROGRAMS


def as_typed(text: str) -> str:
    """Return a hint with its commands as this person can type them; other programs that call us get it as it is."""
    return _COMMAND.sub(_typed.written, text) if _typed and text else text


def here(task: str, boxes: str = "") -> str:
    """Return how a command begins for a task, by its name in the program that was typed; boxes are quoted already."""
    program = _typed.words if _typed else "ssh-transport"
    if boxes and _typed and "-H" not in _typed.flags:
        return f"{program} {task} --on {boxes}"
    return f"{program}{f' -H {boxes}' if boxes else ''} {task}"


def again() -> str:
    """Return the command line, so that it can be typed again."""
    program = Path(sys.argv[0]).name
    return shlex.join([program, *sys.argv[1:]]) if is_ours(program) else "run it again"
