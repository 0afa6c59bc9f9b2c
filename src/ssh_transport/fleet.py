"""One task, several boxes: every box is tried, each ends with one line, the worst exit code wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import diagnosis, report
from .boundary import translated
from .errors import Interrupted, SeveralFailed, TaskError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .box import Box


def each(boxes: Sequence[Box], act: Callable[[Box], Any], *, as_json: bool = False) -> Any:
    """
    Do `act` on every box and report.

    :returns: what `act` returned; for several boxes a dict from name to that.
    :raises TaskError: the error of the only box, or the worst of several after all were tried.
    """
    if len(boxes) == 1:
        outcome = _one(boxes[0], act)
        report.result(outcome, as_json=as_json)
        return outcome
    outcomes, failures = tried(boxes, act)
    _summary(boxes, outcomes, failures, as_json=as_json)
    if failures:
        raise SeveralFailed({name: error.exit_code for name, error in failures.items()})
    return outcomes


def tried(boxes: Sequence[Box], act: Callable[[Box], Any]) -> tuple[dict[str, Any], dict[str, TaskError]]:
    """Do `act` on every box; return what it returned, and what went wrong, which was told when it happened."""
    outcomes: dict[str, Any] = {}
    failures: dict[str, TaskError] = {}
    for box in boxes:
        try:
            outcomes[box.name] = _one(box, act)
        except TaskError as error:
            failures[box.name] = error
            if isinstance(error, Interrupted):
                break
            report.say(f"{error}\n")
    return outcomes, failures


def _one(box: Box, act: Callable[[Box], Any]) -> Any:
    try:
        with box, translated(box.name):
            return act(box)
    except TaskError as error:
        diagnosis.explain(error, box)
        raise


def _summary(boxes: Sequence[Box], outcomes: dict[str, Any], failures: dict[str, TaskError], *, as_json: bool) -> None:
    if as_json:
        wrong = {
            name: {"error": error.what, "exit_code": error.exit_code, "gotcha": error.gotcha and error.gotcha.id}
            for name, error in failures.items()
        }
        report.result(outcomes | wrong, as_json=True)
        return
    for box in boxes:
        if box.name in outcomes:
            report.result(f"{box.name}: {outcomes[box.name]}")
        elif box.name in failures:
            report.result(f"{box.name}: failed ({failures[box.name].exit_code}): {failures[box.name].what}")
        else:
            report.result(f"{box.name}: not tried")
