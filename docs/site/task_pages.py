"""A page for each task, made from the task itself."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from docs import calls, stubs
from docs.site import exit_codes
from docs.site.markdown import code, contents, table
from ssh_transport.terminal import task_help
from tasks import ns

if TYPE_CHECKING:
    from invoke.parser import Argument

    from ssh_transport.terminal.task import OurTask

EXAMPLES = Path(__file__).parents[1] / "json_examples.json"
# Not one within brackets.
_COMMA = re.compile(r", (?![^\[]*\])")
_NO_VALUE: tuple[object, ...] = ("", None, [], 0, -1, False)
_WHOLE_LINE = "[Flags of the whole command line](../command-line.md) may stand behind it."


def made() -> dict[str, str]:
    """Return the pages by path: one for each task, and one that lists them."""
    tasks = _tasks()
    pages = {f"tasks/{name}.md": _page(name, task) for name, task in tasks.items()}
    return {"tasks/index.md": _index(tasks)} | pages


def _tasks() -> dict[str, OurTask]:
    return {task.full_name: task for space in ns.collections.values() for task in space.tasks.values()}


def _index(tasks: dict[str, OurTask]) -> str:
    parts = ["# Tasks\n\nAs `ssh-transport -H BOX TASK`, `fab -H BOX TASK` and `inv TASK --on BOX`, or as functions.\n"]
    for space, collection in ns.collections.items():
        said = (inspect.getdoc(inspect.getmodule(next(iter(collection.tasks.values())).body)) or "").splitlines()[0]
        own = [name for name in tasks if name.startswith(f"{space}.")]
        rows = [(f"[`{name}`]({name}.md)", _first_line(tasks[name])) for name in own]
        parts.append(f"## {space}\n\n{said}\n\n{table(('task', 'what it does'), rows)}")
        parts.append(contents(own, is_hidden=True))
    return "\n".join(parts)


def _page(name: str, task: OurTask) -> str:
    about = inspect.getdoc(task.body) or ""
    parts = [f"# {name}\n\n{about}\n\n{_typed(name, task)}"]
    rows = [_flag(argument) for argument in _arguments(task)]
    parts.append(f"## Arguments\n\n{table(('argument', 'meaning'), rows)}\n{_WHOLE_LINE}\n")
    found = [(str(cls.exit_code), code(cls.__name__), exit_codes.sentence(cls)) for cls in exit_codes.codes(task)]
    parts.append(f"## Exit codes\n\n{table(('code', 'error', 'when'), found)}")
    parts.append(f"## In Python\n\n{_python(name, task)}")
    parts.append(f"## With `--json`\n\n{_example(name)}")
    return "\n".join(parts)


def _typed(name: str, task: OurTask) -> str:
    """Return the example of its help, and the shape of its command line."""
    words = [f"<{argument.names[0]}>" for argument in _arguments(task) if argument.positional]
    shape = " ".join(["ssh-transport", *(["-H BOX"] if "on" in task.help else []), name, *words, "[flags]"])
    return f"```console\n$ {task_help.line(task, name, 'ssh-transport')}\n```\n\n`{shape}`\n"


def _arguments(task: OurTask) -> list[Argument]:
    return list(task.get_arguments())


def _flag(argument: Argument) -> tuple[str, str]:
    name = argument.names[0]
    word = f"<{name}>" if argument.positional else f"--{name}" + ("" if argument.kind is bool else "=...")
    default = "" if argument.default in _NO_VALUE else f" (default: {code(str(argument.default))})"
    return code(word), f"{argument.help or ''}{default}"


def _python(name: str, task: OurTask) -> str:
    space, _, _ = name.partition(".")
    head = next(one for one in stubs.heads(name, task) if one.endswith(f"-> {stubs.RESULTS[name]}: ..."))
    typed = json.loads(EXAMPLES.read_text(encoding="utf-8"))[name]["typed"]
    begin = f"from invoke import Context\nfrom ssh_transport.tasks import {space}\n\nc = Context()"
    several = "A list for `on` gives a dict by name. " if "on" in task.help else ""
    several += f"With `dry_run=True` it is a `{stubs.PLANS[name]}`. " if name in stubs.PLANS else ""
    return (
        f"```python\n{begin}\nresult = {calls.call(typed)}\n```\n\n"
        f"```python\n{_wrapped(head)}\n```\n\n"
        f"{several}[In Python](../api.md) has the fields of what it returns, [runbooks](../runbooks.md) what all "
        "functions take for paths and lists; what it raises has the codes above.\n"
    )


def _wrapped(head: str) -> str:
    """Return a signature with an argument on each line."""
    name, _, rest = head.partition("(")
    words, _, result = rest.rpartition(") -> ")
    inside = "".join(f"    {_readable(word)},\n" for word in _COMMA.split(words))
    return f"{name}(\n{inside}) -> {result}"


def _readable(word: str) -> str:
    """Return an argument without the names that only the stubs have."""
    return word.replace("_Texts", "str | Path | Iterable").replace("_Text", "str | Path")


def _example(name: str) -> str:
    recorded = json.loads(EXAMPLES.read_text(encoding="utf-8"))[name]
    typed, result = recorded["typed"], json.dumps(recorded["document"], indent=2, ensure_ascii=False)
    return f"```console\n$ {typed}\n```\n\n```json\n{result}\n```\n\nThe shape is described in [JSON](../json.md).\n"


def _first_line(task: OurTask) -> str:
    return (inspect.getdoc(task.body) or "").splitlines()[0]
