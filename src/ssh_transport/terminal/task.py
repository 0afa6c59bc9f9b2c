"""How a function becomes a task, which other programs call and persons type."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

import invoke

from ssh_transport.errors import SeveralFailed, TaskError, UsageError
from ssh_transport.errors.translation import translate, translated

from . import command_line, document, report
from .control import Control
from .given import given
from .stoppable import known_to, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from .stoppable import Stoppable

_log = logging.getLogger("invoke")
_CONTROLS = ("cancel", "deadline", "on_progress")


def task(*, help: dict[str, str], **options: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: A002 - Invoke's word
    """
    Make a task: every flag has a help text, and there are no short flags.

    Invoke assigns short flags in order, so a new parameter could take the letter of an old one.
    """
    return lambda body: OurTask(body, help=help, auto_shortflags=False, **options)


class OurTask(invoke.Task):  # type: ignore[type-arg]  # what it returns is told by its body
    """
    A task as a library has it: it takes what Python has for paths and lists, returns what was done, and prints nothing
    on standard output unless `json` is asked for. What it raises is a `TaskError`; Ctrl-C stays Ctrl-C.

    :ivar full_name: with the name of its namespace.
    """

    full_name = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """
        Run it.

        Besides its own arguments it takes those of `Control`.

        :raises TypeError: an argument can't be meant.
        :raises Interrupted: it was cancelled, or its time was up.
        """
        control = Control(**{name: kwargs.pop(name) for name in _CONTROLS if name in kwargs})
        bound = given(self.body, tuple(self.iterable), args, kwargs)
        entry = document.Entry(self.full_name or self.name)
        running: set[Stoppable] = set()
        try:
            with document.taking_down(entry), control.running(lambda: stop(running)), known_to(running):
                outcome = self._run(*bound.args, **bound.kwargs)
        finally:
            if bound.arguments.get("json"):
                report.document(document.text([entry]))
        self.times_called += 1
        one = next(iter(entry.boxes), "")
        is_listed = not isinstance(kwargs.get("on", ""), str)
        return {one: outcome} if is_listed and len(entry.boxes) == 1 else outcome

    def as_typed(self) -> Typed:
        """Return it as it is for a person who typed it."""
        made = copy.copy(self)
        made.__class__ = Typed
        return made  # type: ignore[return-value]  # mypy does not follow the class

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        with translated():
            return self.body(*args, **kwargs)


class Typed(OurTask):
    """A task on a command line: results are printed, every exception gets its words and its exit code."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        _refuse_command_timeout(args[0])
        line = command_line.current() or command_line.CommandLine()
        entry = document.Entry(self.full_name or self.name)
        line.entries.append(entry)
        if line.as_json and "json" in self.argspec(self.body).parameters:
            kwargs = {**kwargs, "json": True}
        outcome = None
        try:
            with report.printing_results(), document.taking_down(entry):
                outcome = self._run(*args, **kwargs)
        except command_line.NobodyLeft:
            entry.own = document.Outcome()
        except TaskError as error:
            if not line.goes_on_after(entry):
                raise
            if not isinstance(error, SeveralFailed):
                report.say(f"{error}\n")
        self.times_called += 1
        return outcome

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.body(*args, **kwargs)
        except (invoke.Exit, invoke.ParseError) as error:
            if isinstance(error, TaskError):
                _log.debug("where it comes from", exc_info=error)
            raise
        except Exception as exc:
            _log.debug("where it comes from", exc_info=exc)
            raise translate(exc) from exc


def _refuse_command_timeout(c: invoke.Context) -> None:
    """
    Refuse Invoke's limit for a command: a task of ours runs many, and would end in the middle of them.

    :raises UsageError: there is one.
    """
    if (c.config.get("timeouts") or {}).get("command"):
        hint = "leave out -T; `transfer.give_up_after_s` and `ssh_keys.login_timeout_s` limit waits"
        raise UsageError("`-T` and `timeouts.command` limit single commands of Fabric's", hint=hint)
