"""Passes the hosts of `fab -H a,b` to our tasks as ``--on a,b``, so that `fab`, `inv` and Python behave alike."""

from __future__ import annotations

import atexit
import functools
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import fabric
import fabric.main
import invoke.main
from invoke import Call, Context, Task

from ssh_transport.errors import UsageError, commands
from ssh_transport.errors.translation import excepthook

from . import command_line, kept_back, report, ssh_config, task_help
from .task import OurTask, Typed
from .typed_words import TypedWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from invoke import Config
    from invoke.program import Program


class Executor(fabric.Executor):
    """
    Fabric's executor, except that our tasks get all hosts in one call, and settings of ours are read before any runs.

    Fabric calls a task once per host and stops at the first failure; our tasks with an `on` parameter try every box.
    Tasks that are not ours run as in Fabric, on the boxes that groups and globs name.

    :cvar named: returns the names of boxes that words name.
    :cvar checks: raises an error for a setting of ours that can't be meant.
    """

    named: ClassVar[Callable[[Context, list[str]], list[str]]] = staticmethod(lambda _, words: words)
    checks: ClassVar[Callable[[Context], None]] = staticmethod(lambda _: None)

    def normalize_hosts(self, hosts: Iterable[Any] | None) -> list[dict[str, Any]]:
        """Take groups and globs for the boxes that they name."""
        listed = list(hosts or ())
        words = [word for word in listed if isinstance(word, str)]
        if len(words) == len(listed) > 0:
            listed = Executor.named(Context(self.config), words)
        made: list[dict[str, Any]] = super().normalize_hosts(listed)
        return made

    def execute(self, *tasks: Any) -> Any:
        """Run a command line; what its tasks share ends with it."""
        calls = self.normalize(tasks)
        with command_line.under_way(as_json=_asks_for_json(calls)):
            _check_settings(self.config, calls)
            return super().execute(*tasks)

    def expand_calls(self, calls: Iterable[Call | Task[Any]], apply_hosts: bool = True) -> list[Call]:
        """Pass `-H` as ``on`` to our tasks that have this parameter, also to those before and after another task."""
        hosts = self.core[0].args.hosts.value
        expanded: list[Call] = []
        for item in calls:
            call = Call(item) if isinstance(item, Task) else item
            ours = isinstance(call.task, OurTask)
            takes_on = hosts and ours and any(argument.name == "on" for argument in call.task.get_arguments())
            if takes_on and apply_hosts and call.kwargs.get("on"):
                raise UsageError("boxes are named twice", hint="use either `-H` or `--on`")
            if takes_on and not call.kwargs.get("on"):
                call = call.clone(with_={"kwargs": {**call.kwargs, "on": hosts}})
            if hosts and not ours and (fault := ssh_config.fault_of(self.config)):
                # It is Fabric that connects for it, and Fabric could not read the file.
                raise fault
            expanded += super().expand_calls([call], apply_hosts=apply_hosts and not takes_on)
        return _prepared(expanded)


class InvokeExecutor(invoke.Executor):
    """Invoke's executor; what the tasks of a command line share ends with it."""

    def execute(self, *tasks: Any) -> Any:
        """Run a command line."""
        calls = self.normalize(tasks)
        with command_line.under_way(as_json=_asks_for_json(calls)):
            _check_settings(self.config, calls)
            return super().execute(*tasks)

    def expand_calls(self, calls: list[Call]) -> list[Call]:
        """Prepare tasks of ours, before any of them runs."""
        return _prepared(super().expand_calls(calls))


def _check_settings(config: Config, calls: Iterable[Call]) -> None:
    """A team's own tasks may have whatever settings they have."""
    if any(isinstance(call.task, OurTask) for call in calls):
        Executor.checks(Context(config))


def _asks_for_json(calls: Iterable[Call]) -> bool:
    return any(isinstance(call.task, OurTask) and call.kwargs.get("json") for call in calls)


def _prepared(calls: list[Call]) -> list[Call]:
    """
    Have tasks of ours run as typed ones.

    What they take out of the environment is taken now: programs of tasks before them need it not.
    """
    for call in calls:
        if isinstance(call.task, OurTask) and not isinstance(call.task, Typed):
            kept_back.take(call.kwargs.get("env") or "")
            call.task = call.task.as_typed()
    if line := command_line.current():
        # Called for what stands before and behind a task too; the last call knows them all.
        line.planned = [getattr(call.task, "full_name", "") or call.called_as or call.task.name for call in calls]
        line.needs = [name for call in calls for name in getattr(call.task, "needs", ())]
        for call in calls:
            begins = functools.partial(_begin, line, type(call).make_context, call)
            call.make_context = begins  # type: ignore[method-assign]
    return calls


def _begin(line: command_line.CommandLine, make: Callable[..., Any], call: Call, *args: Any) -> Any:
    """Count a task that begins; its context is the last that Invoke makes before it."""
    line.begun += 1
    return make(call, *args)


def install(
    named: Callable[[Context, list[str]], list[str]],
    completes: Callable[[Program], bool],
    checks: Callable[[Context], None],
) -> None:
    """
    Make a `fab` that loads our tasks use this executor and `TypedWords`, do without its reading of ssh config files,
    and print uncaught exceptions as our errors.

    `fab` reads the attribute after it has loaded the fabfile, so a runbook needs no setting for it;
    ``tasks.executor_class`` in its settings still has precedence.

    :param named: returns the names of boxes that words name.
    :param completes: answers a shell that completes a line; whether it did.
    :param checks: raises an error for a setting of ours that can't be meant.
    """
    Executor.named, Executor.checks = staticmethod(named), staticmethod(checks)
    TypedWords.completes = staticmethod(completes)
    fabric.main.program.executor_class = Executor
    invoke.main.program.executor_class = InvokeExecutor
    for program in (fabric.main.program, invoke.main.program):
        # Invoke has no other way.
        program._make_parser = functools.partial(TypedWords.of, program)  # type: ignore[method-assign]  # noqa: SLF001
        program.print_task_help = functools.partial(task_help.show, program)  # type: ignore[method-assign]
    if config := vars(fabric.main.program).get("config"):
        ssh_config.tolerate(config)
    if commands.is_ours(Path(sys.argv[0]).name):
        sys.excepthook = excepthook
        atexit.register(report.flush)
        # What is left needs no search for cycles, which takes longer than all else at the end.
        atexit.register(gc.freeze)
