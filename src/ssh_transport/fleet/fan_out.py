"""Runs one task on several boxes, one after the other: every box is tried, each prints one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport.errors import SeveralFailed, TaskError
from ssh_transport.errors.translation import translate, translated
from ssh_transport.terminal import report
from ssh_transport.terminal.document import Entry, Outcome, current

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.box import Box


def each(boxes: Sequence[Box], act: Callable[[Box], Any], *, as_json: bool = False) -> Any:
    """
    Call `act` for every box and print the results.

    :param as_json: leave them to the document of the command line.
    :returns: the result of `act`; for several boxes a dict of results by name.
    :raises TaskError: the error of the only box; for several `SeveralFailed`, after all were tried.
    """
    if len(boxes) == 1:
        outcome = _call(boxes[0], act)
        if not as_json:
            report.result(outcome)
        return outcome
    try:
        outcomes, failures = try_each(boxes, act)
    finally:
        if not as_json:
            _summary(boxes)
    if failures:
        raise SeveralFailed(failures, outcomes)
    return outcomes


def try_each(boxes: Sequence[Box], act: Callable[[Box], Any]) -> tuple[dict[str, Any], dict[str, TaskError]]:
    """Call `act` for every box; return results and errors by name. An error is printed when it happens."""
    outcomes: dict[str, Any] = {}
    failures: dict[str, TaskError] = {}
    _entry().not_run += [box.name for box in boxes]
    for box in boxes:
        try:
            outcomes[box.name] = _call(box, act)
        except TaskError as error:
            failures[box.name] = error
            report.say(f"{error}\n")
    return outcomes, failures


def take_down(name: str, result: Any, error: TaskError | None) -> None:
    """Note what became of a box for the document of the command line, where it was not `each` that asked it."""
    _entry().boxes[name] = Outcome(result, error)


def _call(box: Box, act: Callable[[Box], Any]) -> Any:
    entry = _entry()
    outcome = entry.boxes[box.name] = Outcome()
    entry.not_run = [name for name in entry.not_run if name != box.name]
    try:
        with box, translated(box.name):
            outcome.result = act(box)
    except TaskError as error:
        from ssh_transport.platforms import diagnosis

        diagnosis.explain(error, box.platform[0], box.name)
        outcome.error = error
        raise
    except KeyboardInterrupt as exc:
        outcome.error = translate(exc, box.name)
        raise
    return outcome.result


def _entry() -> Entry:
    """Return the entry of the task that runs, or one that nobody reads."""
    return current() or Entry("")


def _summary(boxes: Sequence[Box]) -> None:
    known: Mapping[str, Outcome] = _entry().boxes
    for box in boxes:
        outcome = known.get(box.name)
        if outcome is None:
            report.result(f"{box.name}: not tried")
        elif outcome.error:
            report.result(f"{box.name}: failed ({outcome.error.exit_code}): {outcome.error.what}")
        else:
            report.result(f"{box.name}: {outcome.result}")
