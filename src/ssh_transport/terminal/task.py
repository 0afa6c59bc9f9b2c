"""How a function becomes a task, which other programs call and persons type."""

from __future__ import annotations

import copy
import inspect
import logging
from typing import TYPE_CHECKING, Any, Self

import invoke

from ssh_transport.errors import SeveralFailed, TaskError, UsageError
from ssh_transport.errors.translation import translate, translated

from . import command_line, document, report
from .at_once import asked_for
from .control import Control, known_to, stop
from .given import given

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from invoke.parser import Argument

    from .control import Stoppable

_log = logging.getLogger("invoke")
_CONTROLS = ("cancel", "deadline", "on_progress")
_AT_ONCE = {"jobs": 0, "stop_on_error": False}


def task(
    *,
    help: dict[str, str],  # noqa: A002 - Invoke's word
    only_reads: bool = False,
    needs: Sequence[str] = (),
    **options: Any,
) -> Callable[[Callable[..., Any]], Any]:
    """
    Make a task: every flag has a help text, and there are no short flags.

    Invoke assigns short flags in order, so a new parameter could take the letter of an old one.

    :param only_reads: whether it changes nothing, so that a dry run of Invoke's may run it.
    :param needs: what it imports once it has logged in, ``module`` or ``module:function`` to be called without a word.
    """

    def decorate(body: Callable[..., Any]) -> OurTask:
        made = OurTask(body, help=help, auto_shortflags=False, **options)
        made.only_reads, made.needs = only_reads, needs
        return made

    return decorate


class OurTask(invoke.Task):  # type: ignore[type-arg]  # what it returns is told by its body
    """
    A task as a library has it: it takes what Python has for paths and lists, returns what was done, and prints nothing
    on standard output unless `json` is asked for. What it raises is a `TaskError`; Ctrl-C stays Ctrl-C.

    :ivar full_name: with the name of its namespace.
    :ivar example: the boxes, and what stands behind the task, of a line that a person could type.
    """

    full_name = ""
    example = ("", "")
    only_reads = False
    needs: Sequence[str] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """
        Run it.

        Besides its own arguments it takes those of `Control` and of `AtOnce`.

        :raises TypeError: an argument can't be meant.
        :raises Interrupted: it was cancelled, or its time was up.
        """
        control = Control(**{name: kwargs.pop(name) for name in _CONTROLS if name in kwargs})
        own = self.argspec(self.body).parameters
        asked = {name: kwargs.pop(name) for name in _AT_ONCE if name in kwargs and name not in own}
        bound, is_listed = given(self.body, tuple(self.iterable), args, kwargs)
        entry = document.Entry(self.full_name or self.name)
        running: set[Stoppable] = set()
        try:
            with (
                document.taking_down(entry),
                asked_for(**asked),
                control.running(lambda: stop(running)),
                known_to(running),
            ):
                outcome = self._run(*bound.args, **bound.kwargs)
        finally:
            if bound.arguments.get("json"):
                report.document(document.text([entry]))
        self.times_called += 1
        return {name: of.result for name, of in entry.boxes.items()} if is_listed else outcome

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return its arguments; Invoke takes the help texts out of what it is asked of, and so would have them once."""
        texts, self.help = self.help, dict(self.help)
        try:
            return super().get_arguments(ignore_unknown_help)
        finally:
            self.help = texts

    def __deepcopy__(self, _: object) -> Self:
        """Copy what of it can be changed: Invoke copies every task at each start, a hundred times as deep."""
        made = copy.copy(self)
        made.help, made.pre, made.post = dict(self.help), list(self.pre), list(self.post)
        return made

    @property
    def __signature__(self) -> inspect.Signature:
        """What Python callers hand over, for `help` and editors; Invoke asks the body."""
        own = inspect.signature(self.body)
        taken = {**dict.fromkeys(_CONTROLS), **(_AT_ONCE if "on" in own.parameters else {})}
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in taken.items()
            if name not in own.parameters
        ]
        return own.replace(parameters=[*own.parameters.values(), *more])

    def __get__(self, _: object, kind: type | None = None) -> OurTask:
        """Be a routine to `help`, as a function is by this method; it is bound to nothing."""
        return self

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
        line = command_line.current() or command_line.CommandLine()
        entry = document.Entry(self.full_name or self.name)
        line.entries.append(entry)
        if line.as_json:
            kwargs = {**kwargs, "json": True}
        outcome = None
        try:
            with report.printing_results(), document.taking_down(entry):
                _refuse_command_timeout(args[0])
                is_dry = args[0].config.run.dry and not self.only_reads
                outcome = self._run(*args, **kwargs | (self._dry() if is_dry else {}))
        except command_line.NobodyLeft:
            entry.own = document.Outcome()
        except TaskError as error:
            if not line.goes_on_after(entry):
                raise
            if not isinstance(error, SeveralFailed):
                report.say(f"{error}\n")
        self.times_called += 1
        return outcome

    def _dry(self) -> dict[str, bool]:
        """
        Return what makes a dry run of Invoke's (`-R`) one of this task.

        :raises UsageError: it has none.
        """
        if "dry_run" in self.argspec(self.body).parameters:
            return {"dry_run": True}
        what = f"{self.full_name or self.name} has no dry run"
        raise UsageError(what, hint="leave out -R (--dry), or this task; nothing was changed")

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
