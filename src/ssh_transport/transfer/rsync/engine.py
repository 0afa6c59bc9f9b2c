"""
The rsync engine: OpenSSH and rsync do the work, this drives it.

`planning` finds out what there is to do, `calls` knows how rsync is called; here it runs until all has arrived.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from . import orphans, outcome, output
from .calls import Calls
from .options import left_out
from .partials import Partials
from .planning import Planning
from .standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ssh_transport.facts.abilities import Abilities
    from ssh_transport.facts.copying import Version
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.ends import Ends
    from ssh_transport.transfer.engine import Plan

    from .listing import Listing


class Rsync:
    """One copy between this machine and a box by rsync over one `ssh`, or several."""

    name = "rsync"

    def __init__(self, request: Request, ends: Ends, here: Version, there: Version, listing: Listing) -> None:
        if ends.remote is None:
            raise AssertionError("rsync goes between this machine and a box that runs commands")
        self._request, self._remote, self._listing = request, ends.remote, listing
        self._calls = Calls(request, ends.landing, ends.remote, here, there)
        self._standing = Standing(request, ends, ends.remote)
        self._planning = Planning(self._calls, self._standing, listing, ends.remote, ends.landing)
        self._partials = Partials(request.target)
        self._finished_bytes = 0
        self._may_have_orphans = ends.remote.is_marked

    @property
    def writes_in_place(self) -> bool:
        """Whether half a file can be seen under its final name."""
        return self._calls.in_place

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, both directions, all attempts, dry runs too."""
        return self._calls.shell.meter.wire_bytes

    @property
    def lanes(self) -> Sequence[Mapping[str, float]]:
        """What is known of each connection, where there were several."""
        return self._calls.shell.meter.lanes

    @property
    def heals(self) -> int:
        """How many connections were replaced so far."""
        return self._calls.shell.meter.heals

    def plan(self) -> Plan:
        """See `Engine`."""
        return self._planning.plan()

    def source_names(self) -> list[str]:
        """See `Engine`."""
        return self._planning.source_names()

    def adapt(self, able: Abilities) -> None:
        """See `Engine`; a name is looked up at the target, which takes any case."""
        self._calls.has_coarse_times = able.coarse_times

    def take_in(self) -> None:
        """See `Engine`."""
        self._standing.take_in()

    def attempt(
        self, plan: Plan, progress: Progress, tick: Callable[[], None], *, without: Collection[str] = ()
    ) -> None:
        """Run rsync once; its progress meter is ours."""
        # Even with nothing to copy: what an earlier run left on the box is ended.
        self._prepare()
        if not plan.changes and not plan.dangling:
            return
        self._partials.create(plan)
        self._run(plan, progress, tick, left_out(without))
        self._partials.clear(plan)

    def look_again(self, plan: Plan) -> Plan:
        """See `Engine`."""
        return self._planning.look_again(plan)

    def _prepare(self) -> None:
        """End the rsync of an earlier attempt, if there may be one; make the target directory in the same step."""
        root, _ = self._calls.root
        is_pull = self._calls.is_pull
        if is_pull:
            Path(root).mkdir(parents=True, exist_ok=True)
        if self._may_have_orphans or not (is_pull or self._standing.has_root):
            orphans.end_orphaned_rsync(self._request, then_make="" if is_pull else root)
        self._may_have_orphans = True

    def _run(self, plan: Plan, progress: Progress, tick: Callable[[], None], without: Sequence[str]) -> None:
        calls = self._calls
        files = seen_bytes = finished_bytes = 0
        progress.wire_now = lambda: calls.shell.meter.wire_bytes
        token = uuid4().hex
        words = ["--info=progress2,name1", f"--out-format={output.name_format(token)}", "--outbuf=N"]
        words.append(f"--timeout={calls.lanes.silence_s(plan.bytes)}")
        calls.shell.expected_bytes = plan.bytes - self._finished_bytes
        # Of most copies the look behind it needs no link.
        is_last = not (plan.deletions or plan.in_the_way or without or calls.has_coarse_times)
        over = calls.lanes.suited(plan.bytes)
        with calls.running(words, calls.operands(), without, over=over, is_last=is_last) as process:
            for line in process.lines():
                if seen := output.progress(line):
                    outcome.check_bound(self._request.box.name, seen, pulls=calls.is_pull)
                    seen_bytes = seen.bytes
                    if seen.files:
                        files, finished_bytes = seen.files, seen.bytes
                        if files == plan.files and not without:
                            self._listing.begin_again(self._remote, plan)
                elif current := output.current(line, token):
                    progress.current = current
                    self._partials.sent(calls.root[1] or current)
                progress.done_bytes = max(progress.done_bytes, self._finished_bytes + seen_bytes)
                calls.shell.meter.show(progress)
                tick()
            code = process.wait()
            calls.shell.meter.show(progress)
        if code or files > plan.files:
            self._listing.forget()
        self._finished_bytes += finished_bytes
        progressed = files > 0 or calls.data_bytes > self._planning.overhead_bytes
        calls.check(code, process.stderr, progressed=progressed)
        self._standing.is_copied = True
