"""
Runs one task on several boxes side by side, or one after the other with one job: every box is tried.

However they run, results are kept in the order in which the boxes were named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport.errors import Interrupted, SeveralFailed, TaskError
from ssh_transport.errors.translation import translate, translated
from ssh_transport.settings import FleetSettings
from ssh_transport.terminal import board as boards
from ssh_transport.terminal import report
from ssh_transport.terminal.at_once import NotBegun, asked
from ssh_transport.terminal.document import Entry, Outcome, current
from ssh_transport.terminal.progress import arrived

from . import ending, live, open_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box


def each(
    boxes: Sequence[Box], act: Callable[[Box], Any], *, as_json: bool = False, weight: int = 1, in_turn: bool = False
) -> Any:
    """
    Call `act` for every box and print the results.

    :param as_json: leave them to the document of the command line.
    :param in_turn: whether one box comes after the other, however many jobs there may be.
    :param weight: how many jobs one box takes.
    :returns: the result of `act`; for several boxes a dict of results by name.
    :raises TaskError: the error of the only box; for several `SeveralFailed`, after all were tried.
    """
    entry = _entry()
    if len(boxes) == 1:
        outcome = _call(boxes[0], act, entry)
        if not as_json:
            report.result(outcome)
        return outcome
    at_once = 1 if in_turn else jobs(boxes, weight)
    try:
        outcomes, failures = _tried(boxes, act, at_once, entry)
    finally:
        if not as_json:
            ending.results(boxes, entry.boxes, as_table=at_once > 1)
        if at_once > 1:
            ending.causes(boxes, {name: of.error for name, of in entry.boxes.items() if of.error})
    if failures:
        raise SeveralFailed(failures, outcomes)
    return outcomes


def try_each(boxes: Sequence[Box], act: Callable[[Box], Any]) -> tuple[dict[str, Any], dict[str, TaskError]]:
    """Call `act` for every box; return results and errors by name. What went wrong is printed."""
    at_once = jobs(boxes) if boxes else 1
    outcomes, failures = _tried(boxes, act, at_once, _entry())
    if at_once > 1:
        ending.causes(boxes, failures)
    return outcomes, failures


def jobs(boxes: Sequence[Box], weight: int = 1) -> int:
    """
    Return how many of the boxes run at once: as the caller asked, or the setting says, and open files allow.

    :param weight: how many jobs one box takes.
    """
    wanted = asked().jobs or FleetSettings.of(boxes[0].c).jobs
    return open_files.allowed(min(len(boxes), max(1, wanted // weight)), len(boxes), weight)


def take_down(name: str, result: Any, error: TaskError | None) -> None:
    """Note what became of a box for the document of the command line, where it was not `each` that asked it."""
    _entry().boxes[name] = Outcome(result, error)


def _tried(
    boxes: Sequence[Box], act: Callable[[Box], Any], at_once: int, entry: Entry
) -> tuple[dict[str, Any], dict[str, TaskError]]:
    names = [box.name for box in boxes]
    before = list(entry.not_run)
    entry.not_run += names
    try:
        if at_once > 1:
            _side_by_side(boxes, act, at_once, entry)
        else:
            _in_turn(boxes, act, entry)
    finally:
        entry.boxes = {name: entry.boxes[name] for name in (*names, *entry.boxes) if name in entry.boxes}
        entry.not_run = before + [name for name in names if name not in entry.boxes]
    tried = {name: entry.boxes[name] for name in names if name in entry.boxes}
    failures = {name: outcome.error for name, outcome in tried.items() if outcome.error}
    return {name: outcome.result for name, outcome in tried.items() if not outcome.error}, failures


def _in_turn(boxes: Sequence[Box], act: Callable[[Box], Any], entry: Entry) -> None:
    for box in boxes:
        try:
            _call(box, act, entry)
        except TaskError as error:
            report.say(f"{error}\n")
            if asked().stop_on_error:
                return


def _side_by_side(boxes: Sequence[Box], act: Callable[[Box], Any], at_once: int, entry: Entry) -> None:
    from .side_by_side import SideBySide

    board = boards.Board([box.name for box in boxes])

    def call(box: Box) -> None:
        done = _call(box, act, entry)
        board.tell(box.name, "done")
        if hasattr(done, "in_short"):
            live.ended(board, box.name, "done")

    def failed(box: Box, error: TaskError) -> None:
        board.tell(box.name, "failed", error.what)
        # Its cause is told at the end, once for all that share it.
        live.ended(board, box.name, f"failed ({error.exit_code}): {error.what}")

    run = SideBySide(boxes, call, at_once, board, stop_on_error=asked().stop_on_error)
    try:
        with live.shown(board), report.said_once():
            run.run(failed)
    except KeyboardInterrupt:
        _tell_what_arrived(board, entry)
        raise


def _tell_what_arrived(board: boards.Board, entry: Entry) -> None:
    """Note for each box that was stopped how far it had come."""
    for name, outcome in list(entry.boxes.items()):
        row = board.rows.get(name)
        if row is None or not (outcome.is_open or isinstance(outcome.error, Interrupted)):
            continue
        outcome.error = outcome.error or translate(KeyboardInterrupt(), name)
        outcome.error.cause = arrived(row.done_bytes, row.total_bytes) or outcome.error.cause


def _call(box: Box, act: Callable[[Box], Any], entry: Entry) -> Any:
    outcome = entry.boxes[box.name] = Outcome()
    if box.name in entry.not_run:
        entry.not_run.remove(box.name)
    try:
        with box, translated(box.name):
            outcome.result = act(box)
    except TaskError as error:
        from ssh_transport.platforms import diagnosis

        diagnosis.explain(error, box.platform[0], box.name)
        outcome.error = error
        raise
    except NotBegun:
        del entry.boxes[box.name]
        raise
    except KeyboardInterrupt as exc:
        outcome.error = translate(exc, box.name)
        raise
    return outcome.result


def _entry() -> Entry:
    """Return the entry of the task that runs, or one that nobody reads."""
    return current() or Entry("")
