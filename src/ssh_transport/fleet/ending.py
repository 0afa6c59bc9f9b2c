"""What is printed once all boxes have ended: each one's result, and every cause of a failure once."""

from __future__ import annotations

import copy
import re
import sys
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import Interrupted, TaskError
from ssh_transport.terminal import report
from ssh_transport.text import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.terminal.document import Outcome

HEADINGS = ("box", "result", "bytes", "s", "rate")
_NAMED = 8


def results(boxes: Sequence[Box], known: Mapping[str, Outcome], *, as_table: bool) -> None:
    """
    Print what became of each box.

    :param as_table: whether copies are a table where there is a terminal.
    """
    rows = [_row(box.name, known.get(box.name)) for box in boxes]
    if as_table and sys.stdout and sys.stdout.isatty() and any(row[-1] for row in rows):
        report.table(HEADINGS, [(name, said.partition("\n")[0], *rest) for name, said, *rest in rows])
        for name, said, *_ in rows:
            for line in said.splitlines()[1:]:
                report.result(f"{name}: {line}")
        return
    for box in boxes:
        report.result(_line(box.name, known.get(box.name)))


def _line(name: str, outcome: Outcome | None) -> str:
    if outcome is None:
        return f"{name}: not tried"
    if outcome.error or outcome.is_open:
        return f"{name}: {_failed(outcome.error)}"
    return "\n".join(f"{name}: {line}" for line in str(outcome.result).splitlines())


def _failed(error: TaskError | None) -> str:
    if error is None:
        # What was raised is none of ours, and comes out.
        return "stopped"
    arrived = f"; {error.cause}" if isinstance(error, Interrupted) and error.cause else ""
    return f"failed ({error.exit_code}): {error.what}{arrived}"


def _row(name: str, outcome: Outcome | None) -> tuple[str, ...]:
    """Return the cells of a box; the last one is empty where nothing was copied."""
    if outcome is None:
        return (name, "not tried", "", "", "")
    if outcome.error or outcome.is_open:
        return (name, _failed(outcome.error), "", "", "")
    done: Any = outcome.result
    if not hasattr(done, "in_short"):
        return (name, str(done), "", "", "")
    rate = f"{size(done.bytes / done.seconds)}/s" if done.seconds else "-"
    return (name, done.in_short, size(done.bytes), f"{done.seconds:.1f}", rate)


def causes(boxes: Iterable[Box], failures: Mapping[str, TaskError]) -> None:
    """Print why boxes failed; what is the same of several, but for their names and addresses, once."""
    groups: dict[tuple[str, ...], list[tuple[Box, TaskError]]] = {}
    for box in boxes:
        error = failures.get(box.name)
        if error and not isinstance(error, Interrupted):
            words = [_general(text, box) for text in (error.what, error.cause, error.hint)]
            groups.setdefault((type(error).__name__, *words), []).append((box, error))
    for (_, what, cause, hint), failed in groups.items():
        box, first = failed[0]
        error = copy.copy(first)
        if len(failed) == 1:
            error.box = error.box or box.name
        else:
            names = [box.name for box, _ in failed]
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            error.box, error.cause, error.hint = "", cause, hint
            error.what = f"{len(failed)} boxes ({', '.join(names[:_NAMED])}{more}): {what}"
        report.say(f"{error}\n")


def _general(text: str, box: Box) -> str:
    """Return words about a box as they would be about another: without its name, host and port."""
    resolved = box.resolved
    for mine, anyones in ((box.name, "BOX"), (box.address, "BOX"), (resolved.host, "HOST")):
        text = re.sub(rf"(?<![\w.-]){re.escape(mine)}(?![\w-])", anyones, text)
    return re.sub(rf"(port |:){resolved.port}\b", r"\1PORT", text)
