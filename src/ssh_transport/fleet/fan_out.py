"""Runs one task on several boxes, one after the other: every box is tried, each prints one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport.errors import Interrupted, SeveralFailed, TaskError
from ssh_transport.errors.translation import translated
from ssh_transport.platforms import diagnosis
from ssh_transport.terminal import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box


def each(boxes: Sequence[Box], act: Callable[[Box], Any], *, as_json: bool = False) -> Any:
    """
    Call `act` for every box and print the results.

    :returns: the result of `act`; for several boxes a dict of results by name.
    :raises TaskError: the error of the only box; for several `SeveralFailed`, after all were tried.
    """
    if len(boxes) == 1:
        outcome = _call(boxes[0], act)
        report.result(outcome, as_json=as_json)
        return outcome
    outcomes, failures = try_each(boxes, act)
    _summary(boxes, outcomes, failures, as_json=as_json)
    if failures:
        raise SeveralFailed({name: error.exit_code for name, error in failures.items()})
    return outcomes


def try_each(boxes: Sequence[Box], act: Callable[[Box], Any]) -> tuple[dict[str, Any], dict[str, TaskError]]:
    """Call `act` for every box; return results and errors by name. An error is printed when it happens."""
    outcomes: dict[str, Any] = {}
    failures: dict[str, TaskError] = {}
    for box in boxes:
        try:
            outcomes[box.name] = _call(box, act)
        except TaskError as error:
            failures[box.name] = error
            if isinstance(error, Interrupted):
                break
            report.say(f"{error}\n")
    return outcomes, failures


def _call(box: Box, act: Callable[[Box], Any]) -> Any:
    try:
        with box, translated(box.name):
            return act(box)
    except TaskError as error:
        diagnosis.explain(error, box.platform[0], box.name)
        raise


def _summary(boxes: Sequence[Box], outcomes: dict[str, Any], failures: dict[str, TaskError], *, as_json: bool) -> None:
    if as_json:
        errors = {
            name: {
                "error": error.what,
                "exit_code": error.exit_code,
                "known_problem": error.known_problem and error.known_problem.id,
            }
            for name, error in failures.items()
        }
        report.result(outcomes | errors, as_json=True)
        return
    for box in boxes:
        if box.name in outcomes:
            report.result(f"{box.name}: {outcomes[box.name]}")
        elif box.name in failures:
            report.result(f"{box.name}: failed ({failures[box.name].exit_code}): {failures[box.name].what}")
        else:
            report.result(f"{box.name}: not tried")
