"""Checks many boxes at once: whether each answers, which machine it is, its clock and GPUs."""

from __future__ import annotations

import contextlib
import shlex
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.box import share, shell
from ssh_transport.box.beside import as_answered
from ssh_transport.box.carrier import Login
from ssh_transport.errors import TaskError
from ssh_transport.errors.translation import translated
from ssh_transport.facts.identity import identity
from ssh_transport.platforms import diagnosis
from ssh_transport.settings import FleetSettings
from ssh_transport.terminal import report
from ssh_transport.terminal.at_once import asked
from ssh_transport.terminal.table import fitting

from . import same_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ssh_transport.box import Box

_AT_ONCE = 64
_NAMED = 3
_TORCH = "import torch; print(torch.__version__, 'cuda' if torch.cuda.is_available() else 'no cuda')"


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    What one box answered.

    :ivar alias: its name.
    :ivar platform: the profile of its platform.
    :ivar kind: which of the platform's kinds of endpoint it is.
    :ivar hostname: what it calls itself.
    :ivar clock_ahead_s: seconds that its clock is ahead of ours.
    :ivar login_s: seconds that the login took.
    :ivar gpus: one line for each GPU.
    :ivar torch: what PyTorch says of CUDA, if it was asked.
    :ivar code: the commit that was pushed, if it was asked for.
    :ivar code_at: the directory that it is in.
    :ivar code_sha256: the same for the same code.
    :ivar code_faults: why what is there may be another.
    :ivar machine: the same for the same machine.
    :ivar note: what is worth knowing besides.
    :ivar error: why it has no answer; empty if it has one.
    :ivar exit_code: that of the error; 0 if there is none.

    >>> (row,) = config.verify(c, on="proj-1")
    >>> row.alias, row.error
    ('proj-1', '')
    """

    alias: str
    platform: str
    kind: str
    hostname: str = ""
    clock_ahead_s: float | None = None
    login_s: float | None = None
    gpus: tuple[str, ...] = ()
    torch: str = ""
    code: str = ""
    code_at: str = ""
    code_sha256: str = ""
    code_faults: tuple[str, ...] = ()
    machine: str = ""
    note: str = ""
    error: str = ""
    exit_code: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        clock = "" if self.clock_ahead_s is None else f"{round(self.clock_ahead_s):+} s"
        login = "" if self.login_s is None else f"{self.login_s:.1f} s"
        gpus = ", ".join(f"{count} x {name}" for name, count in Counter(self.gpus).items())
        result = self.error or self.note or "ok"
        return (self.alias, self.platform, self.kind, self.hostname, clock, login, gpus, self.torch, self.code, result)


HEADINGS = ("alias", "platform", "kind", "hostname", "clock", "login", "gpu", "torch", "code", "result")


def verify(boxes: Sequence[Box], *, torch: bool, code: str = "") -> tuple[list[Row], dict[str, TaskError]]:
    """
    Check all boxes concurrently, and show a table that is updated with every answer.

    :param torch: also run PyTorch in the platform's python and report its version and whether it sees CUDA.
    :param code: also hash the code that was pushed to this directory; a box with other code than most is a failure.
    :returns: a row for each box, in the given order; and what went wrong, by name.
    """
    per_host = FleetSettings.of(boxes[0].c).logins_per_host
    logins: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(per_host))
    for box in boxes:
        logins[box.resolved.host]
    rows: dict[str, Row] = {}
    failures: dict[str, TaskError] = {}
    at_once = asked().jobs or _AT_ONCE
    with _live() as show, share.shared(share.Share(boxes=min(at_once, len(boxes)))):
        ask = lambda box: _check(box, logins[box.resolved.host], torch=torch, code=code)  # noqa: E731 - one line
        for box, row in as_answered(ask, boxes, at_once):
            rows[box.name], fault = row()
            failures |= {box.name: fault} if fault else {}
            show([rows[box.name] for box in boxes if box.name in rows])
    found = [rows[box.name] for box in boxes]
    faults = same_code.faults({row.alias: (row.code_sha256, row.code_faults) for row in found if row.code})
    return [_with_fault(row, faults.get(row.alias)) for row in found], {**failures, **faults}


def _check(box: Box, logins: threading.Semaphore, *, torch: bool, code: str) -> tuple[Row, TaskError | None]:
    profile, reach = box.platform
    row = Row(alias=box.name, platform=profile.slug, kind=reach.name)
    try:
        with box, translated(box.name):
            box.require("exec")
            with logins:
                box.reconnect(Login(keys_only=True, asks=False))
                login_s = box.carrier.login_s
            found = identity(box, profile.tools.python)
            torch_version = _torch(box, found.python) if torch else ""
            stands = same_code.code_on(box, code) if code else None
    except TaskError as error:
        diagnosis.explain(error, box.platform[0], box.name)
        known = f" ({error.known_problem.id})" if error.known_problem else ""
        message = f"{error.what}: {error.cause}" if error.cause else error.what
        return replace(row, error=message.replace("\n", "; ") + known, exit_code=error.exit_code), error
    found_row = replace(
        row,
        hostname=found.hostname,
        clock_ahead_s=found.clock_ahead_s,
        login_s=round(login_s, 3),
        gpus=found.gpus,
        torch=torch_version,
        code=same_code.described(stands) if stands else "",
        code_at=stands.directory.removeprefix("./") if stands else "",
        code_sha256=stands.code.sha256 if stands else "",
        code_faults=stands.faults if stands else (),
        machine=found.machine,
    )
    return found_row, None


def _torch(box: Box, python: str) -> str:
    if not python:
        return "no python"
    done = shell.run(box, f"{shlex.quote(python)} -c {shlex.quote(_TORCH)}", check=False)
    return done.stdout.strip() if done.exit_code == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1]


def shared(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a sentence for each machine that several of the aliases lead to."""
    machines = defaultdict(list)
    for row in rows:
        if row.machine:
            machines[row.machine].append(row.alias)
    for names in machines.values():
        if len(names) > 1:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"{len(names)} aliases lead to one machine: {', '.join(names[:_NAMED])}{more}"


def _with_fault(row: Row, fault: TaskError | None) -> Row:
    """Add what is wrong with the code to the row of a box that could be reached."""
    if fault is None:
        return row
    note = "; ".join(filter(None, (row.note, *fault.cause.splitlines())))
    return replace(row, note=note, exit_code=fault.exit_code)


@contextlib.contextmanager
def _live() -> Iterator[Callable[[list[Row]], None]]:
    """Yield a function that shows the rows so far: a live table on a terminal, nothing elsewhere."""
    if not report.shows_progress():
        yield lambda _rows: None
        return
    from rich.console import Console
    from rich.live import Live

    # What is said meanwhile is wrapped by the terminal, so that a path or command can be copied.
    with Live(console=Console(stderr=True, soft_wrap=True), transient=True) as live:
        yield lambda rows: live.update(fitting(live.console.width, HEADINGS, [row.cells for row in rows]))
