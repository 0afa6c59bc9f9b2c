"""
The types of the tasks for a team's type checker: `python -m docs.stubs` writes them, ``--check`` says if they are old.

A task is an object that takes more than its body's annotations say (a `Path`, one pattern for several), so that they
are told in stubs, in a package of their own beside ours (PEP 561).
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs import calls
from tasks import ns

if TYPE_CHECKING:
    from ssh_transport.terminal.task import OurTask

EXAMPLES = Path(__file__).parent / "json_examples.json"
PLACE = Path(__file__).parents[1] / "src" / "ssh_transport-stubs"
# What each task returns for one box, or for this machine; a union where a dry run returns something else.
RESULTS = {
    "keys.generate": "Change",
    "keys.push": "Change",
    "keys.check": "LetIn",
    "keys.list": "AuthorizedKeys",
    "keys.revoke": "Change",
    "config.add": "Change",
    "config.update": "Change",
    "config.forget": "Renewed",
    "config.sync": "Sync",
    "config.list": "list[AliasFacts]",
    "config.show": "AliasFacts",
    "config.remove": "Change",
    "config.verify": "list[Row]",
    "config.doctor": "list[_doctor.Finding]",
    "config.profiles": "list[str] | Profile",
    "config.explain": "KnownProblem | list[Theme]",
    "transfer.pull": "Transfer",
    "transfer.push": "Transfer",
    "transfer.pull-each": "Each",
    "transfer.push-each": "Each",
    "transfer.watch": "WatchResult",
    "transfer.copy": "Transfer",
    "transfer.spread": "Delivered",
    "transfer.get": "Change",
    "transfer.put": "Change",
    "transfer.verify": "Verification",
    "transfer.relay": "Remains",
    "transfer.receipt": "Rechecks",
    "secrets.push": "Change",
    "secrets.verify": "Verified",
    "secrets.list": "Listing",
    "secrets.forget": "Change",
    "secrets.env": "str",
    "hygiene.crlf": "_line_ends.Report",
    "hygiene.gitattributes": "Attributes",
    "hygiene.lint": "_lint.Report",
    "hygiene.stop": "Stopped",
    "hygiene.relaunch": "Relaunched",
    "hygiene.audit": "list[_audit.Finding]",
    "hygiene.leave": "Checklist",
}
# Where a list of boxes gives something else for each of them.
OF_EACH = {"config.verify": "Row"}
PLANS = {"transfer.pull": "Forecast", "transfer.push": "Forecast", "transfer.copy": "Forecast"}
CONTROLS = {
    "cancel": "An event that ends the call",
    "deadline": "Seconds that the call may take",
    "on_progress": "Called with the name of the box and its `Progress`, for one box at a time",
}
AT_ONCE_TOLD = {
    "jobs": "How many of several boxes run at once; 0 for the setting",
    "stop_on_error": "Begin with no further box once one has failed",
}
# Once, as each task takes them.
EACH_TAKES = "\n".join(f":param {name}: {told}" for name, told in {**CONTROLS, **AT_ONCE_TOLD}.items())
HEAD = f'''"""
Made by `python -m docs.stubs`. Each task takes as well, as far as it is for boxes:

{EACH_TAKES}
:raises TaskError: by its class, which docs/reference.md lists
:raises SeveralFailed: some of several boxes failed
:raises TypeError: an argument can't be meant
"""

from collections.abc import Callable, Iterable
from os import PathLike
from threading import Event
from typing import Any, Literal, overload

from invoke import Collection, Context

from ssh_transport import audit as _audit, doctor as _doctor
from ssh_transport.bucket.remains import Remains
from ssh_transport.change import Change
from ssh_transport.each.result import Each
from ssh_transport.facts.alias import AliasFacts
from ssh_transport.facts.logins import AuthorizedKeys
from ssh_transport.fleet.verify import Row
from ssh_transport.leave.checklist import Checklist
from ssh_transport.line_ends import findings as _line_ends
from ssh_transport.line_ends.ensure import Attributes
from ssh_transport.lint import finding as _lint
from ssh_transport.manifest import Verification
from ssh_transport.manifest.recheck import Rechecks
from ssh_transport.operations.authorize import LetIn
from ssh_transport.operations.host_key import Renewed
from ssh_transport.operations.sync import Sync
from ssh_transport.platforms.diagnosis import Theme
from ssh_transport.platforms.profile import KnownProblem, Profile
from ssh_transport.processes.relaunch import Relaunched
from ssh_transport.processes.stop import Stopped
from ssh_transport.secret.inventory import Listing
from ssh_transport.secret.verify import Verified
from ssh_transport.spread.result import Delivered
from ssh_transport.terminal.progress import Progress
from ssh_transport.transfer import Forecast, Transfer
from ssh_transport.watch.run import WatchResult

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection
'''
CONTROL = (
    "cancel: Event | None = ..., deadline: float | None = ..., "
    "on_progress: Callable[[str, Progress], None] | None = ..."
)
AT_ONCE = {"jobs": "int", "stop_on_error": "bool"}


def stub(space: str) -> str:
    """Return the stub of a namespace."""
    tasks = {task.full_name: task for task in ns.collections[space].tasks.values()}
    body = "".join(f"\n{signatures(name, task)}\n" for name, task in sorted(tasks.items()))
    return "\n".join(line for line in HEAD.split("\n") if _is_used(line, body)) + body


def _is_used(line: str, body: str) -> bool:
    """Whether what a line of the head imports of ours is named by the body; any other line is."""
    if not line.startswith("from ssh_transport"):
        return True
    names = (name.split(" as ")[-1] for name in line.partition(" import ")[2].split(", "))
    return any(re.search(rf"\b{name}\b", body) for name in names)


def signatures(name: str, task: OurTask) -> str:
    """Return how a task is called, with its docstring where it is first."""
    first, *others = heads(name, task)
    told = first.removesuffix(" ...") + _docstring(name, task)
    return "\n".join(f"@overload\n{head}" for head in (told, *others)) if others else told


def heads(name: str, task: OurTask) -> list[str]:
    """Return how a task is called, one line for each overload."""
    parameters = list(inspect.signature(task.body).parameters.values())[1:]
    result = RESULTS[name]
    found = [({"on": "str"}, result)]
    if any(parameter.name == "on" for parameter in parameters):
        found.append(({"on": "list[str] | tuple[str, ...]"}, f"dict[str, {OF_EACH.get(name, result)}]"))
    if plan := PLANS.get(name):
        found.insert(0, ({"on": "str", "dry_run": "Literal[True]"}, plan))
    return [_head(task, parameters, types, returns) for types, returns in found]


def _docstring(name: str, task: OurTask) -> str:
    """Return what an editor shows of a task: what its flags say, what it returns, and a call."""
    own = list(inspect.signature(task.body).parameters)[1:]
    typed = json.loads(EXAMPLES.read_text(encoding="utf-8"))[name]["typed"]
    returned = RESULTS[name].replace("_", "") + ("; of a list of boxes a dict of these by name" if "on" in own else "")
    lines = [
        *(inspect.getdoc(task.body) or "").splitlines(),
        "",
        *(f":param {one}: {' '.join(task.help[one].split())}" for one in own if one != "json"),
        f":returns: {returned}",
        "",
        "Example::",
        "",
        f"    {calls.call(typed)}",
    ]
    text = "\n".join(f"    {line}" if line else "" for line in lines)
    return f'\n    {"r" * (chr(92) in text)}"""\n{text}\n    """\n'


def _head(task: OurTask, parameters: list[inspect.Parameter], types: dict[str, str], returns: str) -> str:
    """Return one signature; what must be given although it has a default is named."""
    required = {name for name, kind in types.items() if kind != "str"}
    first = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    at = next((i for i, p in enumerate(first) if p.name in required), len(first))
    positional, named = first[:at], [*first[at:], *(p for p in parameters if p.kind is p.KEYWORD_ONLY)]
    words = [_word(task, p, types, required) for p in positional]
    rest = [_word(task, p, types, required) for p in named]
    own = {p.name for p in parameters}
    # Where boxes are named; what the task itself has under such a name is its own.
    at_once = [f"{name}: {kind} = ..." for name, kind in AT_ONCE.items() if "on" in own and name not in own]
    words = ["c: Context", *words, "*", *rest, CONTROL, *at_once]
    return f"def {task.body.__name__}({', '.join(words)}) -> {returns}: ..."


def _word(task: OurTask, parameter: inspect.Parameter, types: dict[str, str], required: set[str]) -> str:
    name, default = parameter.name, parameter.default
    text = "_Text | None" if default is None else "_Text"
    usual = "bool" if isinstance(default, bool) else "float" if isinstance(default, int) else text
    kind = types.get(name) or ("_Texts | None" if name in tuple(task.iterable) else usual)
    needed = name in required or default is parameter.empty
    return f"{name}: {kind}" + ("" if needed else " = ...")


def main() -> None:
    """Write the stubs, or only look."""
    made = {f"tasks/{space}.pyi": stub(space) for space in ns.collections}
    spaces = ", ".join(sorted(ns.collections))
    made["tasks/__init__.pyi"] = (
        '"""Made by `python -m docs.stubs`."""\n\nfrom invoke import Collection\n\n'
        f"from . import {spaces}\n\n__all__ = {[*sorted(ns.collections), 'ns']!r}\n\nns: Collection\n"
    )
    # The rest of the package has its types in it.
    made["py.typed"] = "partial\n"
    for name, text in made.items():
        path = PLACE / name
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is old\n\nhint: .venv/bin/python -m docs.stubs")


if __name__ == "__main__":
    main()
