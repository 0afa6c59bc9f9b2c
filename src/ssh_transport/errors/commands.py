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
# What is for aliases alone; the way to a box is what `config.update` has behind its name.
_OF_ALIASES = re.compile(
    r"ssh-transport config\.(?P<verb>update|remove|show) (?P<box>'[^']*'|[^\s;`]*[^\s;`,.])"
    r"""(?: (?P<way>PORT(?!\S)|'[^']*'|"[^"]*"|[^\s;`]*@[^\s;`]+))?"""
)
_AT_PORT = re.compile(
    r"(?<![\w./-])ssh (?:-[a-zA-Z] (?:\w+=\S+ )?)*"
    r"(?=(?:[^\s'\"`;,@:]+@)?(?:\[[^\s\]]+\]|[^\s'\"`;,@:\[]+):\d+(?:[\s;,]|$))"
)
_WAY = "'ssh -p PORT USER@HOST'"


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
_no_aliases: set[str] = set()
_not_ours: set[str] = set()


def note(program: Program) -> None:
    """Take note of the program that was typed, once its tasks are known."""
    global _typed  # noqa: PLW0603 - a process is one program
    _typed = program


def is_ours(name: str) -> bool:
    """Whether a program of this name is one of those that run our tasks."""
    return name in _PROGRAMS


def note_box(name: str, *, has_alias: bool, is_ours: bool) -> None:
    """Take note of a box: where its name is no alias, or none of ours, no hint is to ask for what would fail."""
    for is_so, names in ((has_alias, _no_aliases), (is_ours, _not_ours)):
        (names.discard if is_so else names.add)(name)


def as_typed(text: str) -> str:
    """
    Return a hint with its commands as this person can type them, and none that would fail for its box.

    `ssh` takes a box with its port for a name, unless it is a URL.

    Of programs other than ours that call us, the commands are those of `ssh-transport`.
    """
    text = _AT_PORT.sub(r"\g<0>ssh://", text)
    if text and (_no_aliases or _not_ours):
        text = _OF_ALIASES.sub(_for_any_box, text)
    return _COMMAND.sub(_typed.written, text) if _typed and text else text


def _for_any_box(command: re.Match[str]) -> str:
    verb, box, way = command["verb"], command["box"], command["way"]
    name = shlex.split(box)[0]
    if verb == "show":
        return f"ssh-transport -H {box} config.doctor" if name in _no_aliases else command[0]
    if name not in _not_ours:
        return command[0]
    if way:
        return f"ssh-transport config.add NAME {_WAY if way == 'PORT' else way}"
    return f"take {box} out of the ssh config" if verb == "remove" else command[0]


def on_box(name: str, command: str) -> str:
    """Return the command that runs `command`, whose words are quoted, on a box."""
    return f"ssh {shlex.quote(name)} {shlex.quote(command)}"


def typed(path: str) -> str:
    r"""Quote a path for POSIX `sh`; if it is not printable, return a `printf` with octal escapes such as ``\033``."""
    if path.startswith("~/"):
        return f"~/{typed(path[2:])}"
    if path.isprintable():
        return shlex.quote(path)
    octal = "".join(
        chr(byte) if (chr(byte).isascii() and chr(byte).isalnum()) or chr(byte) in "/._-" else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f"\"$(printf '{octal}')\""


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
