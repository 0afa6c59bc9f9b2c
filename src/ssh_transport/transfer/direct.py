"""The straight engine: rsync on one box sends to the other, and nothing of a file comes through this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from ssh_transport import shell
from ssh_transport.settings import TransferSettings

from . import ghosts, hop, rsync_options, rsync_outcome, rsync_output, seeds
from .rsync_plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .engine import Plan, Progress
    from .hop import Hop
    from .landing import Landing
    from .lent_link import LentLink, Status
    from .request import Request

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
        self.lanes: Sequence[Mapping[str, float]] = ()
        self.heals = self._heals_before = 0
        self._finished_bytes = self._furthest_bytes = 0
        self._wire_bytes = 0

    @property
    def wire_bytes(self) -> int:
        """What crossed the link between the boxes; rsync tells it only of attempts that end well."""
        return self._wire_bytes

    def prepare(self) -> None:
        """End the ghosts of an earlier attempt on both boxes; make the target directory in the same step."""
        root, _ = self._root()
        ghosts.end(self._way.source, self._request, far=self._way.target, then_make=root)

    def plan(self) -> Plan:
        """Ask rsync itself, with the very options of the copy."""
        token = uuid4().hex
        options = self._request.options
        with self._way.running(
            self._call("--dry-run", "--mkpath", f"--out-format={rsync_output.out_format(token)}")
        ) as run:
            items, skipped = rsync_output.announced(run.lines(), token)
            code = run.wait()
        dangling = rsync_outcome.only_dangling(run.stderr) if code in rsync_outcome.SOME_FAILED else []
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if not dangling and (options.dry_run or not items or code not in rsync_outcome.SOME_FAILED):
            self._check(code, run.stderr)
        root, renamed = self._root()
        return plan_of(
            items,
            skipped=[*skipped, *dangling],
            root=root,
            renamed=renamed,
            top=self._landing.top,
            resume_over_bytes=TransferSettings.of(self._way.source.c).resume_over_bytes,
            options=[*rsync_options.telling(self._options()), *(["--delete"] if options.delete else [])],
            in_place=options.inplace,
        )

    def sow(self, plan: Plan) -> None:
        """Make the partial files, so that rsync resumes the large files after any fault."""
        seeds.sow_there(self._way.target, plan.root, plan.partials)

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """Run rsync once; its progress meter is ours."""
        seen_bytes = finished_bytes = 0
        with self._way.running(self._call("--info=progress2,name1,stats1", "--outbuf=N"), self._link) as run:
            for line in run.lines():
                if seen := rsync_output.progress(line):
                    seen_bytes = seen.bytes
                    finished_bytes = seen.bytes if seen.files else finished_bytes
                elif crossed := rsync_output.wire_bytes(line):
                    self._wire_bytes += crossed
                else:
                    progress.current = rsync_output.name(line)
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

    def finish(self, plan: Plan) -> None:
        """Remove the partial files whose source vanished meanwhile."""
        seeds.weed_there(self._way.target, plan.root, plan.partials)

    def _note(self, status: Status, progress: Progress) -> None:
        """Take note of what is known of the connections."""
        self.lanes = [msgspec.structs.asdict(lane) for lane in status.lanes]
        self.heals = self._heals_before + status.heals
        progress.streams, progress.heals = max(1, len(self.lanes)), self.heals

    def _root(self) -> tuple[str, str]:
        return self._landing.root(self._request.here)

    def _options(self) -> list[str]:
        return rsync_options.common(self._request.options, inplace=self._request.options.inplace)

    def _call(self, *words: str) -> list[str]:
        """Return the whole call on the first box; both rsyncs can be found again by their environment."""
        marked = ghosts.mark(self._way.source, self._request, self._way.target)
        return [
            *("env", "LC_ALL=C", *marked.split(), "--recursive", "--perms", "--times"),
            *self._options(),
            *(["--delete"] if self._request.options.delete else []),
            f"--rsync-path={marked}",
            *words,
            self._request.there,
            f"{self._way.target.resolved.user}@{self._way.host}:{self._request.here}",
        ]

    def _check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        if not code:
            return
        if code == hop.UNPREPARED:
            raise shell.failed(self._way.source, code, stderr)
        broken = self._way.source if code == hop.LOST else self._way.target
        # As rsync sees it, it is a push; what is wrong with a disk is wrong on the box that is written.
        push = replace(self._request, pull=False, here=self._request.there, there=self._request.here)
        root, _ = self._root()
        raise rsync_outcome.failure(broken.name, push, root, code, stderr, progressed=progressed)
