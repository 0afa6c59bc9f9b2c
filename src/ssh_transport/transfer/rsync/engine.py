"""The rsync engine: OpenSSH and rsync do the work, this decides the options and drives it."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box.carrier.ssh_call import ssh_options
from ssh_transport.link.remote_shell import RemoteShell
from ssh_transport.settings import TransferSettings
from ssh_transport.transfer.engine import Plan

from . import files_from, orphans, outcome, output, patchwork
from .lanes import Lanes
from .operands import operands
from .options import call_options, left_out, shown_options
from .partials import Partials
from .plan import plan_of
from .same_files import are_there, is_same_file
from .standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ssh_transport.box.carrier.process import Process
    from ssh_transport.facts.abilities import Abilities
    from ssh_transport.facts.copying import Version
    from ssh_transport.link.streams import Streams
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.ends import Ends

    from .listing import Listing
    from .output import Announced

# rsync 3.2.0 taught the receiver to write in place inside a partial directory.
_PARTIAL_IN_PLACE_SINCE = (3, 2, 0)
_MKPATH_SINCE = (3, 2, 3)
# Incremental recursion saves memory, and waits for the box at every directory. Of a first copy, the plan counts it all.
_WHOLE_LIST_FILES = 100_000
# Below this round trip one connection can carry more than zstd compresses (about 400 MB/s): 2 MiB, OpenSSH's channel
# window, per round trip.
_FAR_S = 0.005
# What an attempt sends anyhow beside the file list: matched blocks of a resumed file are 4 bytes for each 128 KiB.
_OVERHEAD_BYTES, _OVERHEAD_SHARE = 1 << 16, 1e-4


class Rsync:
    """One copy between this machine and a box by rsync over one `ssh`, or several."""

    name = "rsync"

    def __init__(self, request: Request, ends: Ends, here: Version, there: Version, listing: Listing) -> None:
        if ends.remote is None:
            raise AssertionError("rsync goes between this machine and a box that runs commands")
        self._box = request.box
        self._request = request
        self._landing = ends.landing
        self._remote, self._listing = ends.remote, listing
        self._is_pull = request.target.is_here
        self._settings = TransferSettings.of(self._box.c)
        self._oldest = min(here.number, there.number)
        self._inplace = request.options.inplace or self._oldest < _PARTIAL_IN_PLACE_SINCE
        self._is_far = self._remote.round_trip_s > _FAR_S
        self._words = partial(
            call_options,
            request.options,
            inplace=self._inplace,
            oldest=self._oldest,
            zstd=here.zstd and there.zstd and self._is_far,
            checksum=next((name for name in here.checksums if name in there.checksums), ""),
        )
        self._finished_bytes = 0
        self._overhead_bytes = 0.0
        self._partials = Partials(request.target)
        self._lanes = Lanes(request, self._remote)
        python = self._remote.python
        self._shell = RemoteShell(self._box, self._lanes.chosen, python, self._settings, pulls=self._is_pull)
        self._lists_at_once = self._has_coarse_times = False
        self._standing = Standing(request, ends, ends.remote)
        self.take_in = self._standing.take_in
        self._may_have_orphans = self._remote.is_marked

    @property
    def writes_in_place(self) -> bool:
        """Whether half a file can be seen under its final name."""
        return self._inplace

    def plan(self) -> Plan:
        """Ask rsync itself, with the very options of the copy: over the link, or at one end alone."""
        is_first, limit_bytes = self._standing.is_first, self._settings.resume_over_bytes
        listed = self._listing.of_little(self._remote, limit_bytes) if is_first else None
        # What is pushed to where nothing is this machine's rsync can tell alone.
        announced, code, said = (listed, 0, "") if listed else self._asked(is_here=is_first and not self._is_pull)
        dangling = outcome.only_dangling(said) if code in outcome.SOME_FAILED else []
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if not dangling and (self._request.options.dry_run or not announced.items or code not in outcome.SOME_FAILED):
            self._check(code, said)
        if listed and not self._request.options.dry_run:
            # Its far end needs two round trips to be there; what is left to look at is on this machine.
            _, ssh = patchwork.command(self._box, [], ssh_options(self._box), delete=False)
            self._shell.begin(ssh, self._lanes.suited(sum(item.bytes for item in listed.items)))
        root, renamed = self._root()
        plan = plan_of(
            announced,
            dangling=dangling,
            root=root,
            renamed=renamed,
            unlisted=outcome.shortened(said) if code else "",
            deletes=self._request.options.deletes_extra,
            top=self._landing.top,
            resume_over_bytes=self._settings.resume_over_bytes,
            options=self._shown_options(),
            in_place=self._inplace,
        )
        self._lists_at_once |= self._is_far and self._standing.is_first and plan.files < _WHOLE_LIST_FILES
        self._overhead_bytes = self._data_bytes() + _OVERHEAD_BYTES + plan.bytes * _OVERHEAD_SHARE
        return plan

    def _asked(self, *, is_here: bool = False) -> tuple[Announced, int, str]:
        """
        Return what a dry run announces, how it ended, and what it said to that.

        :param is_here: whether the target is one of this machine, where nothing is.
        """
        token = uuid4().hex
        words = ["--dry-run", f"--out-format={output.out_format(token)}", f"--timeout={self._settings.silence_s}"]
        words += output.counting(self._request.options)
        # A dry run must not make the directory that a copy will have made.
        words += ["--mkpath"] if self._oldest >= _MKPATH_SINCE else []
        if self._standing.is_first and not self._request.options.dry_run:
            self._lanes.begin()
        place = [self._request.source.path, f"./.ssh-transport-{token}/"] if is_here else self._operands(planning=True)
        with self._running(words, place, is_here=is_here) as process:
            announced = output.announced(process.lines(), token)
            return announced, process.wait(), process.stderr

    def source_names(self) -> list[str]:
        """See `Engine`: a plan for a target that does not exist."""
        token = uuid4().hex
        nowhere = f"./.ssh-transport-{token}/"
        with self._running(["--dry-run", f"--out-format={output.out_format(token)}"], self._operands(nowhere)) as run:
            return [item.name for item in output.announced(run.lines(), token).items]

    def adapt(self, able: Abilities) -> None:
        """See `Engine`; a name is looked up at the target, which takes any case."""
        self._has_coarse_times = able.coarse_times

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
        """See `Engine`; what is little is asked about by itself, a plan is more round trips."""
        if self._has_coarse_times:
            return self.plan()
        touched = self._listing.touched(self._remote, plan, self._root())
        if touched is not None:
            return Plan(0, 0, touched=touched)
        return Plan(0, 0) if self._is_there(plan) else self.plan()

    def _is_there(self, plan: Plan) -> bool:
        """Whether all is known to have arrived: of a push, what the source has by now."""
        if self._is_pull:
            return is_same_file(self._request, plan)
        announced, code, _ = self._asked(is_here=True)
        return code == 0 and are_there(self._request, plan, announced.items, self._root())

    def _prepare(self) -> None:
        """End the rsync of an earlier attempt, if there may be one; make the target directory in the same step."""
        root, _ = self._root()
        if self._is_pull:
            Path(root).mkdir(parents=True, exist_ok=True)
        if self._may_have_orphans or not (self._is_pull or self._standing.has_root):
            orphans.end_orphaned_rsync(self._request, then_make="" if self._is_pull else root)
        self._may_have_orphans = True

    def _run(self, plan: Plan, progress: Progress, tick: Callable[[], None], without: Sequence[str]) -> None:
        files = seen_bytes = finished_bytes = 0
        progress.wire_now = lambda: self._shell.meter.wire_bytes
        token = uuid4().hex
        words = ["--info=progress2,name1", f"--out-format={output.name_format(token)}", "--outbuf=N"]
        words.append(f"--timeout={self._lanes.silence_s(plan.bytes)}")
        with self._running(words, self._operands(), without, over=self._lanes.suited(plan.bytes)) as process:
            for line in process.lines():
                if seen := output.progress(line):
                    outcome.check_bound(self._box.name, seen, pulls=self._is_pull)
                    seen_bytes = seen.bytes
                    if seen.files:
                        files, finished_bytes = seen.files, seen.bytes
                        if files == plan.files and not without:
                            self._listing.begin_again(self._remote, plan)
                elif current := output.current(line, token):
                    progress.current = current
                    self._partials.sent(self._root()[1] or current)
                progress.done_bytes = max(progress.done_bytes, self._finished_bytes + seen_bytes)
                self._shell.meter.show(progress)
                tick()
            code = process.wait()
            self._shell.meter.show(progress)
        if code or files > plan.files:
            self._listing.forget()
        self._finished_bytes += finished_bytes
        progressed = files > 0 or self._data_bytes() > self._overhead_bytes
        self._check(code, process.stderr, progressed=progressed)
        self._standing.is_copied = True

    def _root(self) -> tuple[str, str]:
        """Return the directory that the names of a dry run are below, and the file's new name if it gets one."""
        return self._landing.root(self._request.target.path)

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, both directions, all attempts, dry runs too."""
        return self._shell.meter.wire_bytes

    @property
    def lanes(self) -> Sequence[Mapping[str, float]]:
        """What is known of each connection, where there were several."""
        return self._shell.meter.lanes

    @property
    def heals(self) -> int:
        """How many connections were replaced so far."""
        return self._shell.meter.heals

    @contextlib.contextmanager
    def _running(
        self,
        words: Sequence[str],
        operands: Sequence[str],
        without: Sequence[str] = (),
        *,
        over: Streams | None = None,
        is_here: bool = False,
    ) -> Iterator[Process]:
        """
        Run rsync.

        :param without: `left_out`.
        :param over: as in `RemoteShell.running`.
        :param is_here: whether both operands are on this machine.
        """
        options = self._request.options
        plans = "--dry-run" in words
        mark = orphans.plan_mark(uuid4().hex) if plans else orphans.mark(self._request)
        try:
            with files_from.options(options.only, links=options.only_links) as only:
                # What is left out first: of the patterns that fit a name the first decides.
                all_words = [*without, *self._options(), f"--rsync-path={mark}", *only, *words]
                deletes = options.deletes_extra and plans
                argv, ssh = patchwork.command(self._box, all_words, ssh_options(self._box), delete=deletes)
                run = self._shell.staying if is_here else partial(self._shell.running, ssh=ssh, over=over)
                with run(argv, operands=operands) as process:
                    yield process
        except KeyboardInterrupt:
            if not is_here:
                orphans.end_at_once(self._box, mark)
            raise

    def _data_bytes(self) -> int:
        """What went in the direction of the files in the call that ran last."""
        sent, received = self._shell.meter.sent_and_received
        return received if self._is_pull else sent

    def _options(self) -> list[str]:
        return self._words(lists_at_once=self._lists_at_once, coarse_times=self._has_coarse_times)

    def _shown_options(self) -> list[str]:
        return [*shown_options(self._options()), *(["--delete"] if self._request.options.delete else [])]

    def _operands(self, target: str = "", *, planning: bool = False) -> list[str]:
        found = operands(self._box.resolved, self._request, target)
        if planning and self._oldest < _MKPATH_SINCE and self._root()[1]:
            # Without --mkpath it looks into the directory of a renamed file, which may be missing. A directory of that
            # name is as empty.
            found[1] += "" if self._standing.is_there else "/"
        return found

    def _check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        if self._shell.meter.ended == 0 and outcome.is_wordless(code, stderr):
            raise outcome.wordless(self._box.name)
        if code:
            # What its remote shell ends with, rsync heeds where it started it.
            code = max(code, self._shell.meter.ended or 0)
            # An `ssh` that goes over another says nothing of a cut.
            last_words = self._shell.last_words, self._box.last_words, self._lanes.last_words
            said = "\n".join(filter(None, (stderr, *last_words)))
            raise outcome.failure(self._box.name, self._request, self._root()[0], code, said, progressed=progressed)
