"""The straight engine: rsync on one box sends to the other, and nothing of a file comes through this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from ssh_transport.box import shell
from ssh_transport.settings import TransferSettings
from ssh_transport.transfer.rsync import orphans, outcome, output
from ssh_transport.transfer.rsync.options import common_options, left_out, link_options, shown_options
from ssh_transport.transfer.rsync.partials import Partials
from ssh_transport.transfer.rsync.plan import plan_of

from . import hop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ssh_transport.facts.abilities import Abilities
    from ssh_transport.request.landing import Landing
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Plan

    from .hop import Hop
    from .lent_link import LentLink, Status

# From here on rsync has all of this: --mkpath, and a partial directory in which it writes in place.
OLDEST = (3, 2, 3)


class Direct:
    """One copy from box to box by rsync on the first."""

    name = "direct"

    def __init__(self, way: Hop, request: Request, found: Landing, link: LentLink | None = None) -> None:
        self._way = way
        self._request = request
        self._landing = found
        self._link = link
        self._partials = Partials(request.target)
        self.lanes: Sequence[Mapping[str, float]] = ()
        self.heals = self._heals_before = 0
        self._finished_bytes = self._furthest_bytes = 0
        self._wire_bytes = 0
        self._has_coarse_times = False

    @property
    def wire_bytes(self) -> int:
        """What crossed the link between the boxes; rsync tells it only of attempts that end well."""
        return self._wire_bytes

    def plan(self) -> Plan:
        """Ask rsync itself, with the very options of the copy."""
        token = uuid4().hex
        options = self._request.options
        silence_s = TransferSettings.of(self._way.source.c).silence_s
        words = ["--dry-run", "--mkpath", f"--out-format={output.out_format(token)}", f"--timeout={silence_s}"]
        with self._way.running(self._call(*words, *output.counting(options))) as run:
            announced = output.announced(run.lines(), token)
            code = run.wait()
        dangling = outcome.only_dangling(run.stderr) if code in outcome.SOME_FAILED else []
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if not dangling and (options.dry_run or not announced.items or code not in outcome.SOME_FAILED):
            self._check(code, run.stderr)
        root, renamed = self._root()
        return plan_of(
            announced,
            dangling=dangling,
            root=root,
            renamed=renamed,
            unlisted=outcome.shortened(run.stderr) if code else "",
            deletes=options.delete,
            top=self._landing.top,
            resume_over_bytes=TransferSettings.of(self._way.source.c).resume_over_bytes,
            options=[*shown_options(self._options()), *(["--delete"] if options.delete else [])],
            in_place=options.inplace,
        )

    def source_names(self) -> list[str]:
        """See `Engine`: a plan for a target that does not exist."""
        token = uuid4().hex
        call = self._call("--dry-run", f"--out-format={output.out_format(token)}", target=f"./.ssh-transport-{token}/")
        with self._way.running(call) as run:
            return [item.name for item in output.announced(run.lines(), token).items]

    def take_in(self) -> None:
        """See `Engine`; it looks each time."""

    def adapt(self, able: Abilities) -> None:
        """See `Engine`; a name is looked up at the target, which takes any case."""
        self._has_coarse_times = able.coarse_times

    def attempt(
        self, plan: Plan, progress: Progress, tick: Callable[[], None], *, without: Collection[str] = ()
    ) -> None:
        """Run rsync once; its progress meter is ours."""
        # Even with nothing to copy: what an earlier run left on the boxes is ended.
        orphans.end_orphaned_rsync(self._request, then_make=self._root()[0])
        if not plan.changes and not plan.dangling:
            return
        self._partials.create(plan)
        self._run(progress, tick, left_out(without))
        self._partials.clear(plan)

    def look_again(self, plan: Plan) -> Plan:  # noqa: ARG002 - the whole is planned again, whatever it was
        """See `Engine`."""
        return self.plan()

    def _run(self, progress: Progress, tick: Callable[[], None], without: Sequence[str]) -> None:
        seen_bytes = finished_bytes = 0
        token = uuid4().hex
        words = ("--info=progress2,name1,stats1", f"--out-format={output.name_format(token)}", "--outbuf=N")
        with self._way.running(self._call(*words, without=without), self._link) as run:
            for line in run.lines():
                if seen := output.progress(line):
                    seen_bytes = seen.bytes
                    finished_bytes = seen.bytes if seen.files else finished_bytes
                elif crossed := output.wire_bytes(line):
                    self._wire_bytes += crossed
                elif current := output.current(line, token):
                    progress.current = current
                progress.done_bytes = max(progress.done_bytes, self._finished_bytes + seen_bytes)
                # The meter's rate: what is not counted while it runs is told by what is done.
                progress.wire_bytes = progress.done_bytes
                self._note(run.status, progress)
                tick()
            code = run.wait()
            self._note(run.status, progress)
        self._heals_before = self.heals
        reached_bytes = self._finished_bytes + seen_bytes
        self._finished_bytes += finished_bytes
        progressed, self._furthest_bytes = (
            reached_bytes > self._furthest_bytes,
            max(reached_bytes, self._furthest_bytes),
        )
        self._check(code, run.stderr, progressed=progressed)

    def _note(self, status: Status, progress: Progress) -> None:
        """Take note of what is known of the connections."""
        self.lanes = [msgspec.structs.asdict(lane) for lane in status.lanes]
        self.heals = self._heals_before + status.heals
        progress.streams, progress.heals = max(1, len(self.lanes)), self.heals

    def _root(self) -> tuple[str, str]:
        return self._landing.root(self._request.target.path)

    def _options(self) -> list[str]:
        return common_options(self._request.options, inplace=self._request.options.inplace, oldest=OLDEST)

    def _call(self, *words: str, without: Sequence[str] = (), target: str = "") -> list[str]:
        """Return the whole call on the first box; both rsyncs can be found again by their environment."""
        marked = orphans.mark(self._request)
        return [
            *("env", "LC_ALL=C", *marked.split(), "--recursive", "--perms", "--times"),
            # First: of the patterns that fit a name the first decides.
            *without,
            *(options := self._options()),
            *link_options(OLDEST, options),
            *(["--modify-window=1"] if self._has_coarse_times else []),
            f"--rsync-path={marked}",
            *words,
            self._request.source.path,
            f"{self._way.target.resolved.user}@{self._way.host}:{target or self._request.target.path}",
        ]

    def _check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        if not code:
            return
        if code == hop.UNPREPARED:
            raise shell.failed(self._way.source, code, stderr)
        broken = self._way.source if code == hop.LOST else self._way.target
        root, _ = self._root()
        raise outcome.failure(broken.name, self._request, root, code, stderr, progressed=progressed)
