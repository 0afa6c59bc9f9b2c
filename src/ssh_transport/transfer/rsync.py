"""The rsync engine: OpenSSH and rsync do the work, this decides the options and drives it."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import ToolMissing
from ssh_transport.settings import TransferSettings
from ssh_transport.ssh_options import ssh_options

from . import chosen, ghosts, patchwork, rsync_options, rsync_outcome, rsync_output, seeds
from .landing import landing
from .remote_shell import RemoteShell
from .rsync_plan import plan_of
from .streams import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import FarEnd, Version

    from .engine import Plan, Progress
    from .process import Process
    from .request import Request

# rsync 3.2.0 taught the receiver to write in place inside a partial directory.
_SEEDS_SINCE = (3, 2, 0)
_MKPATH_SINCE = (3, 2, 3)
# Incremental recursion saves memory, and waits for the box at every directory. Of a first copy, the plan counts it all.
_WHOLE_LIST_FILES = 100_000
# Below this round trip one connection can carry more than zstd compresses (about 400 MB/s): 2 MiB, OpenSSH's channel
# window, per round trip.
_FAR_S = 0.005
# What an attempt sends anyhow beside the file list: matched blocks of a resumed file are 4 bytes for each 128 KiB.
_OVERHEAD_BYTES, _OVERHEAD_SHARE = 1 << 16, 1e-4


class Rsync:
    """One copy by rsync over one `ssh`."""

    name = "rsync"

    def __init__(self, box: Box, request: Request, here: Version, far: FarEnd) -> None:
        if far.rsync is None:
            raise ToolMissing("no rsync on the box", box=box.name)
        self._box = box
        self._request = request
        self._far = far
        self._settings = TransferSettings.of(box.c)
        self._oldest = min(here.number, far.rsync.number)
        self._inplace = request.options.inplace or self._oldest < _SEEDS_SINCE
        self._is_far = far.round_trip_s > _FAR_S
        self._zstd = here.zstd and far.rsync.zstd and self._is_far
        self._checksum = next((name for name in here.checksums if name in far.rsync.checksums), "")
        self._finished_bytes = 0
        self._overhead_bytes = 0.0
        self._streams = streams(box, request.options.streams, far)
        self._shell = RemoteShell(box, self._streams, far.python, self._settings, pulls=request.pull)
        self._lists_at_once = False
        self._is_copied = self._ghosts_ended = False

    @property
    def writes_in_place(self) -> bool:
        """Whether half a file can be seen under its final name."""
        return self._inplace

    def prepare(self) -> None:
        """End the ghosts of an earlier attempt, if the plan has not; make the target directory in the same step."""
        root, _ = self._root()
        if self._request.pull:
            Path(root).mkdir(parents=True, exist_ok=True)
        if not self._ghosts_ended:
            ghosts.end(self._box, self._request, then_make="" if self._request.pull else root)
        self._ghosts_ended = False

    def plan(self) -> Plan:
        """Ask rsync itself, with the very options of the copy."""
        token = uuid4().hex
        words = ["--dry-run", f"--out-format={rsync_output.out_format(token)}"]
        # A dry run must not make the directory that a copy will have made.
        words += ["--mkpath"] if self._oldest >= _MKPATH_SINCE else []
        if self._box.shared_logins and self._is_first() and not self._request.options.dry_run:
            # There will be something to copy: the connections for it can log in meanwhile.
            self._box.shared_logins.begin(self._streams.first)
        with self._ending_ghosts(), self._running(words, self._operands(planning=True)) as process:
            items, skipped = rsync_output.announced(process.lines(), token)
            code = process.wait()
        dangling = rsync_outcome.only_dangling(process.stderr) if code in rsync_outcome.SOME_FAILED else []
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if not dangling and (self._request.options.dry_run or not items or code not in rsync_outcome.SOME_FAILED):
            self._check(code, process.stderr)
        root, renamed = self._root()
        plan = plan_of(
            items,
            skipped=[*skipped, *dangling],
            root=root,
            renamed=renamed,
            top=landing(self._request, self._far).top,
            resume_over_bytes=self._settings.resume_over_bytes,
            options=self._telling_options(),
            in_place=self._inplace,
        )
        self._lists_at_once |= self._is_far and self._is_first() and plan.files < _WHOLE_LIST_FILES
        self._overhead_bytes = self._data_bytes() + _OVERHEAD_BYTES + plan.bytes * _OVERHEAD_SHARE
        return plan

    def sow(self, plan: Plan) -> None:
        """Make the partial files, so that rsync resumes the large files after any fault."""
        if self._request.pull:
            seeds.sow_here(plan.root, plan.partials)
        else:
            seeds.sow_there(self._box, plan.root, plan.partials)

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """Run rsync once; its progress meter is ours."""
        files = seen_bytes = finished_bytes = 0
        with self._running(["--info=progress2,name1", "--outbuf=N"], self._operands()) as process:
            for line in process.lines():
                if seen := rsync_output.progress(line):
                    seen_bytes = seen.bytes
                    if seen.files:
                        files, finished_bytes = seen.files, seen.bytes
                else:
                    progress.current = rsync_output.name(line)
                progress.done_bytes = max(progress.done_bytes, self._finished_bytes + seen_bytes)
                self._shell.meter.show(progress)
                tick()
            code = process.wait()
            self._shell.meter.show(progress)
        self._finished_bytes += finished_bytes
        progressed = files > 0 or self._data_bytes() > self._overhead_bytes
        self._check(code, process.stderr, progressed=progressed)
        self._is_copied = True

    def finish(self, plan: Plan) -> None:
        """Remove the partial files whose source vanished meanwhile."""
        if self._request.pull:
            seeds.weed_here(plan.root, plan.partials)
        else:
            seeds.weed_there(self._box, plan.root, plan.partials)

    @contextlib.contextmanager
    def _ending_ghosts(self) -> Iterator[None]:
        """End the ghosts meanwhile, where nothing must be made in the same step: it is as long a way as planning."""
        if not self._request.pull or self._request.options.dry_run or self._is_copied:
            yield
            return
        with ThreadPoolExecutor(1) as beside:
            ending = beside.submit(ghosts.end, self._box, self._request, then_make="")
            yield
            ending.result()
        self._ghosts_ended = True

    def _root(self) -> tuple[str, str]:
        """Return the directory that the names of a dry run are below, and the file's new name if it gets one."""
        return landing(self._request, self._far).root(self._request.target)

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
    def _running(self, words: Sequence[str], operands: Sequence[str]) -> Iterator[Process]:
        """Run rsync; to plan, over as many connections as there are."""
        options = self._request.options
        plans = "--dry-run" in words
        # What only plans is no ghost.
        marked = [] if plans else [f"--rsync-path={ghosts.mark(self._box, self._request)}"]
        with chosen.told(options.only) as only:
            argv, ssh = patchwork.command(
                self._box, [*self._options(), *marked, *only, *words], ssh_options(self._box), delete=options.delete
            )
            with self._shell.running(argv, ssh, operands, one=plans) as process:
                yield process

    def _data_bytes(self) -> int:
        """What went in the direction of the files in the call that ran last."""
        sent, received = self._shell.meter.sent_and_received
        return received if self._request.pull else sent

    def _options(self) -> list[str]:
        """Say what patchwork's ``-pthrvz`` lacks, and take back what it has too much of."""
        options = self._request.options
        compress = ["--compress-choice=zstd", "--compress-level=1"] if self._zstd else ["--no-compress"]
        return [
            "--no-verbose",
            *compress,
            # Named, it need not be agreed on, which is a round trip.
            *([f"--checksum-choice={self._checksum}"] if self._checksum else []),
            *(["--no-inc-recursive"] if self._lists_at_once else []),
            *rsync_options.common(options, inplace=self._inplace),
        ]

    def _telling_options(self) -> list[str]:
        return [*rsync_options.telling(self._options()), *(["--delete"] if self._request.options.delete else [])]

    def _operands(self, *, planning: bool = False) -> list[str]:
        request, resolved = self._request, self._box.resolved
        host = f"[{resolved.name}]" if ":" in resolved.name else resolved.name
        there = f"{resolved.user}@{host}:{_literal(request.there) if request.pull else request.there}"
        operands = [there, request.here] if request.pull else [request.here, there]
        if planning and self._oldest < _MKPATH_SINCE and self._root()[1]:
            # Without --mkpath it looks into the directory of a renamed file, which may be missing. A directory of that
            # name is as empty.
            operands[1] += "" if self._stands() else "/"
        return operands

    def _is_first(self) -> bool:
        """Whether nothing can be there yet of what is copied."""
        if self._is_copied:
            return False
        found = landing(self._request, self._far)
        return not os.path.lexists(found.at(found.holder)) if self._request.pull else self._far.kind == "missing"

    def _stands(self) -> bool:
        """Whether the target itself exists."""
        request = self._request
        there = os.path.lexists(request.target) if request.pull else self._far.kind != "missing"
        return there or self._is_copied

    def _check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        if code:
            shared = self._box.shared_logins
            # An `ssh` that goes over another says nothing of a cut.
            said = "\n".join(filter(None, (stderr, self._shell.last_words, shared.last_words if shared else "")))
            raise rsync_outcome.failure(
                self._box.name, self._request, self._root()[0], code, said, progressed=progressed
            )


def _literal(path: str) -> str:
    """Return a source path that the far rsync takes letter by letter, not as a wildcard."""
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path) if set(path) & set("*?[") else path
