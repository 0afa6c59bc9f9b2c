"""The manual page, made from tasks and errors: `python -m docs.man` writes it, ``--check`` says if it is old."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from invoke import Collection

from docs.site import exit_codes
from ssh_transport import errors
from ssh_transport.main import FIRST_LINES
from ssh_transport.terminal import task_help, whole_line
from tasks import ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.terminal.task import OurTask

PAGE = Path(__file__).parent / "ssh-transport.1"
PROJECT = Path(__file__).parents[1] / "pyproject.toml"

BOXES = """\
Boxes are aliases of ~/.ssh/config, globs over them, groups of the settings (@train), user@host:port, @all for all
aliases that were added here, and @failed for those on which the last command line for several failed. !NAME leaves one
out. -H before the tasks is for all of them, --on behind a task for that one.

Tasks chain, and stop at the first that fails. --json makes one document of all results.

The same tasks run by fab(1) and inv(1) in a directory whose fabfile.py or tasks.py imports them:
from ssh_transport.tasks import ns
"""
FILES = (
    ("~/.ssh/config", "Aliases are blocks at its head, between marker lines; all else stays byte for byte."),
    ("~/.ssh/known_hosts", "Host keys are pinned at the first contact, under the alias."),
    ("fabric.yaml, invoke.yaml", "Settings, in the directory where the program is typed or in the home."),
    ("~/.config/ssh-transport/profiles/*.toml", "Profiles of your own, and additions to ours."),
)


def page() -> str:
    """Return the page in the language of man(7)."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    yield '.\\" Made by `python -m docs.man`.'
    yield f'.TH SSH-TRANSPORT 1 "" "ssh-transport {project["version"]}" "User Commands"'
    yield from (".SH NAME", f"ssh-transport \\- {_said(project['description'])}")
    yield from (".SH SYNOPSIS", ".B ssh-transport", "[-H BOX,BOX] TASK [--FLAG=VALUE ...] [TASK ...]", ".br")
    yield from (".B ssh-transport", "--help TASK", ".br", ".B ssh-transport", "--list")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(BOXES)
    yield ".SH FIRST STEPS"
    steps = (line.strip() for line in FIRST_LINES.splitlines() if line.startswith("  "))
    yield from _tagged((typed, about.strip()) for typed, _, about in (step.partition("  ") for step in steps))
    yield ".SH FLAGS OF THE WHOLE LINE"
    yield from _tagged({**whole_line.BEHIND, **whole_line.BEFORE}.items())
    yield ".SH TASKS"
    for task in _tasks():
        yield from _task(task)
    yield ".SH EXIT STATUS"
    yield from _tagged([("0", "Done, or nothing to do."), *_exit_codes()])
    yield ".SH FILES"
    yield from _tagged(FILES)
    yield from (".SH SEE ALSO", ".BR ssh (1),", ".BR ssh_config (5),", ".BR rsync (1)")


def _task(task: OurTask) -> Iterator[str]:
    name = task.full_name
    yield f".SS {_said(name)}"
    yield from _paragraphs(task.__doc__ or "")
    yield from (".PP", ".nf", f"    {_said(task_help.line(task, name, 'ssh-transport'))}", ".fi")
    context = Collection(task).to_contexts()[0]
    rows = (row for row in context.help_tuples() if row[0] != "--json")
    flags = ((_flag(words), (about or "").replace("\n", " ")) for words, about in rows)
    yield from _tagged(flags)


def _flag(words: str) -> str:
    """Return a flag without the kind of its value, which its help tells."""
    return re.sub(r"(\[?=)(?:STRING|INT)", r"\1...", words)


def _tagged(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for tag, text in rows:
        yield from (".TP", f".B {_said(tag)}", _said(text) or "\\&")


def _exit_codes() -> list[tuple[str, str]]:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.TaskError)]
    rows = [(str(cls.exit_code), exit_codes.sentence(cls)) for cls in classes if "exit_code" in vars(cls)]
    return sorted(rows, key=lambda row: int(row[0]))


def _tasks() -> Iterator[OurTask]:
    for space in ns.collections.values():
        yield from space.tasks.values()


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.strip().split("\n\n"):
        yield ".PP"
        yield from (_said(line.strip()) for line in paragraph.splitlines())


def _said(text: str) -> str:
    """Return text that roff takes as it is; a hyphen can be searched for and copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main() -> None:
    """Write the page, or only look."""
    new = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(new, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != new:
        sys.exit(f"{PAGE.name} is old\n\nhint: .venv/bin/python -m docs.man")


if __name__ == "__main__":
    main()
