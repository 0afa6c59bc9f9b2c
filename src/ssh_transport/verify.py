"""Every box at once: does it answer, is it the one that was meant, what has it got."""

from __future__ import annotations

import contextlib
import shlex
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import diagnosis, report, shell
from .boundary import translated
from .errors import TaskError
from .facts.identity import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .box import Box

_AT_ONCE = 64
# sshd drops new logins past MaxStartups 10:30:100, and boxes may share a gateway.
_LOGINS_PER_HOST = 8
_TORCH = "import torch; print(torch.__version__, 'cuda' if torch.cuda.is_available() else 'no cuda')"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one box said; `error` is empty when it is as it should be."""

    alias: str
    platform: str
    kind: str
    hostname: str = ""
    clock_ahead_s: float | None = None
    login_s: float | None = None
    gpus: tuple[str, ...] = ()
    torch: str = ""
    machine: str = ""
    note: str = ""
    error: str = ""
    exit_code: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is shown."""
        clock = "" if self.clock_ahead_s is None else f"{self.clock_ahead_s:+.0f} s"
        login = "" if self.login_s is None else f"{self.login_s:.1f} s"
        gpus = ", ".join(f"{count} x {name}" for name, count in Counter(self.gpus).items())
        said = self.error or self.note or "ok"
        return (self.alias, self.platform, self.kind, self.hostname, clock, login, gpus, self.torch, said)


HEADINGS = ("alias", "platform", "kind", "hostname", "clock", "login", "gpu", "torch", "")


def verify(boxes: Sequence[Box], *, torch: bool) -> list[Row]:
    """
    Ask all boxes at once and show a table that fills; a dead one delays nobody.

    :param torch: also ask PyTorch whether it sees CUDA, through the platform's python.
    :returns: a row per box, in the order given.
    """
    logins: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(_LOGINS_PER_HOST))
    for box in boxes:
        logins[box.resolved.host]
    rows: dict[str, Row] = {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(boxes))) as pool, _live() as show:
        asked = {pool.submit(_ask, box, logins[box.resolved.host], torch=torch): box for box in boxes}
        for done in as_completed(asked):
            rows[asked[done].name] = done.result()
            show([rows[box.name] for box in boxes if box.name in rows])
    return _twins_noted([rows[box.name] for box in boxes])


def _ask(box: Box, logins: threading.Semaphore, *, torch: bool) -> Row:
    profile, reach = box.platform
    row = Row(alias=box.name, platform=profile.slug, kind=reach.name)
    try:
        with box, translated(box.name):
            box.require("exec")
            with logins:
                start = time.monotonic()
                box.reconnect(password=None)
                login_s = time.monotonic() - start
            found = identity(box, profile.tools.python)
            torch_said = _torch(box, found.python) if torch else ""
    except TaskError as error:
        diagnosis.explain(error, box)
        known = f" ({error.gotcha.id})" if error.gotcha else ""
        said = f"{error.what}: {error.cause}" if error.cause else error.what
        return replace(row, error=said.replace("\n", "; ") + known, exit_code=error.exit_code)
    return replace(
        row,
        hostname=found.hostname,
        clock_ahead_s=found.clock_ahead_s,
        login_s=round(login_s, 3),
        gpus=found.gpus,
        torch=torch_said,
        machine=found.machine,
    )


def _torch(box: Box, python: str) -> str:
    if not python:
        return "no python"
    done = shell.run(box, f"{shlex.quote(python)} -c {shlex.quote(_TORCH)}", check=False)
    return done.stdout.strip() if done.exit_code == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1]


def _twins_noted(rows: list[Row]) -> list[Row]:
    """Say of aliases that lead to one machine that they do."""
    machines = defaultdict(list)
    for row in rows:
        if row.machine:
            machines[row.machine].append(row.alias)
    twins = {row.alias: [name for name in machines.get(row.machine, ()) if name != row.alias] for row in rows}
    return [
        replace(row, note=f"same machine as {', '.join(twins[row.alias])}") if twins[row.alias] else row for row in rows
    ]


@contextlib.contextmanager
def _live() -> Iterator[Callable[[list[Row]], None]]:
    """Give a function that shows the rows so far: a growing table on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True) as live:
        yield lambda rows: live.update(report.grid(HEADINGS, [row.cells for row in rows]))
