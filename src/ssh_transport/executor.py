"""How `fab -H a,b` reaches our tasks: as ``--on a,b``, so that every door fans out in the same way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import fabric.main
from invoke import Call, Task

from .boundary import last_words
from .errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Executor(fabric.Executor):
    """
    Fabric's executor, but our tasks get all hosts at once.

    Fabric calls a task once per host and stops at the first failure; a task with an `on` parameter tries every box.
    A team's own tasks are run as Fabric does.
    """

    def expand_calls(self, calls: Iterable[Call | Task[Any]], apply_hosts: bool = True) -> list[Call]:
        """Turn `-H` into ``on`` where a task takes it."""
        hosts = self.core[0].args.hosts.value if apply_hosts else None
        expanded: list[Call] = []
        for item in calls:
            call = Call(item) if isinstance(item, Task) else item
            ours = getattr(call.task, "is_ours", False)
            takes_on = hosts and ours and any(argument.name == "on" for argument in call.task.get_arguments())
            if takes_on and call.kwargs.get("on"):
                raise UsageError("boxes are named twice", hint="use either `-H` or `--on`")
            if takes_on:
                call = call.clone(with_={"kwargs": {**call.kwargs, "on": hosts}})
            expanded += super().expand_calls([call], apply_hosts=apply_hosts and not takes_on)
        return expanded


def take_over() -> None:
    """
    Let a `fab` that loads our tasks use this executor, and let no traceback out of it.

    `fab` reads the attribute after it has loaded the fabfile, so a runbook needs no settings file for it; a
    ``tasks.executor_class`` of its own still wins.
    """
    fabric.main.program.executor_class = Executor
    if Path(sys.argv[0]).name in {"fab", "inv", "invoke", "ssh-transport"}:
        sys.excepthook = last_words
