"""Passes the hosts of `fab -H a,b` to our tasks as ``--on a,b``, so that `fab`, `inv` and Python behave alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import fabric.main
import invoke.main
from invoke import Call, Task

from ssh_transport.errors import UsageError
from ssh_transport.errors.translation import excepthook

from . import command_line, kept_back, ssh_config

if TYPE_CHECKING:
    from collections.abc import Iterable


class Executor(fabric.Executor):
    """
    Fabric's executor, except that our tasks get all hosts in one call.

    Fabric calls a task once per host and stops at the first failure; our tasks with an `on` parameter try every box.
    Tasks that are not ours run as in Fabric.
    """

    def execute(self, *tasks: Any) -> Any:
        """Run a command line; what its tasks share ends with it."""
        with command_line.under_way():
            return super().execute(*tasks)

    def expand_calls(self, calls: Iterable[Call | Task[Any]], apply_hosts: bool = True) -> list[Call]:
        """Pass `-H` as ``on`` to our tasks that have this parameter."""
        hosts = self.core[0].args.hosts.value if apply_hosts else None
        expanded: list[Call] = []
        for item in calls:
            call = Call(item) if isinstance(item, Task) else item
            ours = getattr(call.task, "is_ours", False)
            _keep_back(call)
            takes_on = hosts and ours and any(argument.name == "on" for argument in call.task.get_arguments())
            if takes_on and call.kwargs.get("on"):
                raise UsageError("boxes are named twice", hint="use either `-H` or `--on`")
            if takes_on:
                call = call.clone(with_={"kwargs": {**call.kwargs, "on": hosts}})
            if hosts and not ours and (fault := ssh_config.fault_of(self.config)):
                # It is Fabric that connects for it, and Fabric could not read the file.
                raise fault
            expanded += super().expand_calls([call], apply_hosts=apply_hosts and not takes_on)
        return expanded


class InvokeExecutor(invoke.Executor):
    """Invoke's executor; what the tasks of a command line share ends with it."""

    def execute(self, *tasks: Any) -> Any:
        """Run a command line."""
        with command_line.under_way():
            return super().execute(*tasks)

    def expand_calls(self, calls: list[Call]) -> list[Call]:
        """Keep back what a task of ours takes out of the environment, before any of them runs."""
        expanded: list[Call] = super().expand_calls(calls)
        for call in expanded:
            _keep_back(call)
        return expanded


def _keep_back(call: Call) -> None:
    """Take out of the environment what a task of ours is to take from it: programs of tasks before it need it not."""
    if getattr(call.task, "is_ours", False):
        kept_back.take(call.kwargs.get("env") or "")


def install() -> None:
    """
    Make a `fab` that loads our tasks use this executor, do without its reading of ssh config files, and print uncaught
    exceptions as our errors.

    `fab` reads the attribute after it has loaded the fabfile, so a runbook needs no setting for it;
    ``tasks.executor_class`` in its settings still has precedence.
    """
    fabric.main.program.executor_class = Executor
    invoke.main.program.executor_class = InvokeExecutor
    if config := vars(fabric.main.program).get("config"):
        ssh_config.tolerate(config)
    if Path(sys.argv[0]).name in {"fab", "inv", "invoke", "ssh-transport"}:
        sys.excepthook = excepthook
