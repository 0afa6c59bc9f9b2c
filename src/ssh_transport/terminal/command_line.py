"""What lives as long as one command line: the tasks of `fab -H box a b c` share it; it ends with the last of them."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invoke import Exit, ParseError

from ssh_transport.errors import LocalFileError, NoTarget, SeveralFailed, TaskError
from ssh_transport.errors.origin import is_foreign
from ssh_transport.errors.translation import translate, translate_outside

from . import document, report
from .signals import polite_kills_as_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class _Quiet(logging.StreamHandler):  # type: ignore[type-arg]  # of text, as any
    """A log file that can't be written is no reason to stop, nor for a traceback."""

    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Let it be."""


class NobodyLeft(NoTarget):
    """All boxes of a task have failed before, and the others go on."""


@dataclass(kw_only=True)
class Options:
    """
    Flags of a whole command line, wherever they stand in it.

    :ivar keep_going: whether a box that failed is left out, while the others go through all tasks.
    :ivar quiet: whether only errors and warnings are said.
    :ivar log_file: where all that is said goes too.
    :ivar waits_for_lock: whether what another process is at is waited for, instead of given up.
    :ivar jobs: how many boxes of a task run at once; 0 for the setting.
    :ivar stop_on_error: whether no further box of a task begins once one has failed.
    """

    keep_going: bool = False
    quiet: bool = False
    log_file: str = ""
    waits_for_lock: bool = False
    jobs: int = 0
    stop_on_error: bool = False


@dataclass
class CommandLine:
    """
    One command line.

    :ivar as_json: whether all that its tasks return goes into one document, printed at its end.
    :ivar planned: the names of its tasks, in turn, a team's own too.
    :ivar needs: what its tasks are going to import, by name, and what else to call ahead: see `prepare`.
    :ivar begun: how many of them have begun.
    :ivar entries: what became of those that have run.
    :ivar failures: the boxes that are left out from now on, with the first error of each.
    """

    as_json: bool = False
    options: Options = field(default_factory=Options)
    planned: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    begun: int = 0
    entries: list[document.Entry] = field(default_factory=list)
    failures: dict[str, TaskError] = field(default_factory=dict)
    at_end: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def goes_on_after(self, entry: document.Entry) -> bool:
        """Leave out the boxes that a task has failed on; return whether the line goes on with the others."""
        failed = {name: outcome.error for name, outcome in entry.boxes.items() if outcome.error}
        if not self.options.keep_going or not failed:
            return False
        self.failures = {**failed, **self.failures}
        return True

    def conclude(self) -> None:
        """
        Say what was not run.

        :raises SeveralFailed: a box failed, and the line went on with others.
        """
        for name in self.failures:
            missed = [entry.task for entry in self.entries if name in entry.not_run]
            if missed:
                report.say(f"{name}: not run: {', '.join(missed)}")
        if self.failures:
            raise SeveralFailed(self.failures)

    def conclude_document(self, error: BaseException | None) -> None:
        """Print what became of its tasks, and what ended it, if that was asked for."""
        if self.as_json:
            report.document(document.text(self.entries, self.planned[self.begun :], error))


_under_way: CommandLine | None = None
_typed = Options()


def typed(options: Options) -> None:
    """Note the flags of the command line that is about to run."""
    global _typed  # noqa: PLW0603 - there is one command line
    _typed = options


@contextlib.contextmanager
def under_way(*, as_json: bool = False) -> Iterator[None]:
    """
    Run a command line in the block; however it ends, what waits for that is called then.

    :raises Interrupted: by Ctrl-C or a polite kill.
    :raises SeveralFailed: boxes were left out after they had failed.
    """
    global _under_way  # noqa: PLW0603 - there is one command line
    before, _under_way = _under_way, CommandLine(as_json, _typed)
    error: BaseException | None = None
    try:
        with polite_kills_as_ctrl_c(is_last=True), _speaking(_typed), _worded(), _under_way.at_end:
            yield
            _under_way.conclude()
    except BaseException as exc:
        error = exc
        raise
    finally:
        _under_way.conclude_document(error)
        _under_way = before


@contextlib.contextmanager
def _worded() -> Iterator[None]:
    """Put what ends a command line into our words, where it is ours, and into the log."""
    try:
        yield
    except KeyboardInterrupt as exc:
        raise report.noted(translate(exc)) from exc
    except Exception as exc:
        if is_foreign(exc) or (isinstance(exc, Exit | ParseError) and not isinstance(exc, TaskError)):
            raise
        raise report.noted(translate_outside(exc)) from (None if isinstance(exc, TaskError) else exc)


@contextlib.contextmanager
def _speaking(options: Options) -> Iterator[None]:
    """Say less in the block, or write down what is said."""
    with contextlib.ExitStack() as stack:
        if options.quiet:
            stack.enter_context(report.quiet())
        if options.log_file:
            try:
                descriptor = os.open(options.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            except OSError as exc:
                raise LocalFileError(f"can't write `{options.log_file}`", cause=exc.strerror or "") from exc
            file = stack.enter_context(os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace"))
            stack.enter_context(report.written_down(_Quiet(file)))
        yield


def at_end(call: Callable[[], None]) -> bool:
    """Have something called at the end of the command line; return whether there is one, else it is not called."""
    if _under_way is None:
        return False
    _under_way.at_end.callback(call)
    return True


def goes_on() -> bool:
    """Whether a task follows that one which runs."""
    return _under_way is not None and _under_way.begun < len(_under_way.planned)


def prepare() -> None:
    """
    Import what the tasks of the command line need, where there is time: while the first login waits for the network.

    What fails here fails again where it is needed, and is told there.
    """
    if _under_way is None:
        return
    needs, _under_way.needs = _under_way.needs, []
    for name in needs:
        with contextlib.suppress(Exception):
            found = pkgutil.resolve_name(name)
            if callable(found):
                found()
    if needs:
        # What is imported stays: the search for cycles in all of it would hold up the tasks.
        gc.freeze()


def current() -> CommandLine | None:
    """Return the command line under way; `None` where we are used as a library."""
    return _under_way


def remaining(boxes: Sequence[str]) -> Sequence[str]:
    """
    Return the boxes of a task that have not failed in this command line; the others are noted as not run.

    :raises NobodyLeft: there is none.
    """
    failed = _under_way.failures if _under_way else {}
    gone = [name for name in boxes if name in failed]
    if entry := document.current():
        entry.not_run += gone
    if gone and len(gone) == len(boxes):
        raise NobodyLeft("all boxes have failed before")
    return [name for name in boxes if name not in failed]
