"""One task, several boxes: every box is tried, each ends with one line, the worst exit code wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import report
from .boundary import translate
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
        with boxes[0]:
            outcome = act(boxes[0])
        report.result(outcome, as_json=as_json)
        return outcome
    outcomes: dict[str, Any] = {}
    failures: dict[str, TaskError] = {}
    for box in boxes:
        try:
            with box:
                outcomes[box.name] = act(box)
        except (Exception, KeyboardInterrupt) as exc:  # noqa: BLE001 - the next box is still tried
            failures[box.name] = translate(exc, box.name)
            if isinstance(failures[box.name], Interrupted):
                break
            report.say(f"{failures[box.name]}\n")
    _summary(boxes, outcomes, failures, as_json=as_json)
    if failures:
        raise SeveralFailed(failures)
    return outcomes


def _summary(boxes: Sequence[Box], outcomes: dict[str, Any], failures: dict[str, TaskError], *, as_json: bool) -> None:
    if as_json:
        wrong = {name: {"error": error.what, "exit_code": error.exit_code} for name, error in failures.items()}
        report.result(outcomes | wrong, as_json=True)
        return
    for box in boxes:
        if box.name in outcomes:
            report.result(f"{box.name}: {outcomes[box.name]}")
        elif box.name in failures:
            report.result(f"{box.name}: failed ({failures[box.name].exit_code}): {failures[box.name].what}")
        else:
            report.result(f"{box.name}: not tried")
