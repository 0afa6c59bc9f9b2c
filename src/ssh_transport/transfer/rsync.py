"""The rsync engine: OpenSSH and rsync do the work, this decides the options and reads the outcome."""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import symptoms
from ssh_transport.errors import (
    CommandFailed,
    Incomplete,
    NoSpace,
    NoSuchPath,
    PermissionRefused,
    ReadOnly,
    TaskError,
    ToolMissing,
    UsageError,
)
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import ghosts, link, patchwork, rsync_output, seeds
from .engine import Plan
from .persist import Dropped
from .process import Process
from .sftp import PARTIAL_DIRECTORY as SFTP_PARTIAL_DIRECTORY
from .ssh_options import ssh_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.facts.copying import FarEnd, Version

    from .engine import Progress
    from .request import Request
    from .rsync_output import Item

# rsync 3.2.0 taught the receiver to write in place inside a partial directory.
_SEEDS_SINCE = (3, 2, 0)
_MKPATH_SINCE = (3, 2, 3)
# Below this round trip one connection can carry more than zstd compresses (about 400 MB/s): 2 MiB, OpenSSH's channel
# window, per round trip.
_COMPRESS_OVER_S = 0.005
_USAGE, _LINK_CODES, _NOT_FOUND = 1, frozenset({10, 12, 20, 30, 35, 255}), 127
_SOME_FAILED = frozenset({23, 24})
_LOOK: Mapping[type[TaskError], str] = {
    NoSpace: "df -h {path}; df -i {path}",
    ReadOnly: "findmnt -T {path}",
    PermissionRefused: "ls -lad {path}",
    NoSuchPath: "ls -la {path}",
}
# The far rsync was killed, as a box does that is stopped or short of memory: 128 and the signal.
_KILLED = range(129, 160)
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
        self._zstd = here.zstd and far.rsync.zstd and far.round_trip_s > _COMPRESS_OVER_S
        self._finished_bytes = 0
        self._overhead_bytes = 0.0
        self._wire_before = 0
        self._counts: int | None = None
        self._last = (0, 0)

    @property
    def writes_in_place(self) -> bool:
        """Whether half a file can be seen under its final name."""
        return self._inplace

    def prepare(self) -> None:
        """End the ghosts of an earlier attempt; make the target directory in the same step."""
        root, _ = self._root()
        if self._request.pull:
            Path(root).mkdir(parents=True, exist_ok=True)
        ghosts.end(self._box, self._request, then_make="" if self._request.pull else root)

    def plan(self) -> Plan:
        """Ask rsync itself, with the very options of the copy."""
        token = uuid4().hex
        words = ["--dry-run", f"--out-format={token} {rsync_output.OUT_FORMAT}"]
        # A dry run must not make the directory that a copy would have made by now.
        words += ["--mkpath"] if self._oldest >= _MKPATH_SINCE else []
        items: list[Item] = []
        skipped: list[str] = []
        with self._running(words) as process:
            for line in process.lines():
                if found := rsync_output.item(line, token):
                    items.append(found)
                elif name := rsync_output.skipped(line):
                    skipped.append(name)
            code = process.wait()
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if self._request.options.dry_run or not items or code not in _SOME_FAILED:
            self._check(code, process.stderr)
        files = [item for item in items if item.is_file]
        total = sum(item.bytes for item in files)
        self._overhead_bytes = self._data_bytes() + _OVERHEAD_BYTES + total * _OVERHEAD_SHARE
        large = [item.name for item in files if item.bytes >= self._settings.resume_over_bytes]
        root, renamed = self._root()
        return Plan(
            files=len(files),
            bytes=total,
            changes=[f"{item.code} {item.name}" for item in items],
            links=sum(item.is_link for item in items),
            deletions=sum(item.is_deletion for item in items),
            skipped=skipped,
            root=root,
            partials=() if self._inplace else [renamed] if renamed and large else large,
        )

    def sow(self, plan: Plan) -> None:
        """Make the partial files, so that rsync resumes the large files after any fault."""
        if self._request.pull:
            seeds.sow_here(plan.root, plan.partials)
        else:
            seeds.sow_there(self._box, plan.root, plan.partials)

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """Run rsync once; its progress meter is ours."""
        files = seen_bytes = finished_bytes = 0
        with self._running(["--info=progress2,name1", "--outbuf=N"]) as process:
            for line in process.lines():
                if seen := rsync_output.progress(line):
                    seen_bytes = seen.bytes
                    if seen.files:
                        files, finished_bytes = seen.files, seen.bytes
                else:
                    progress.current = rsync_output.name(line)
                progress.done_bytes = max(progress.done_bytes, self._finished_bytes + seen_bytes)
                progress.wire_bytes = self.wire_bytes
                tick()
            code = process.wait()
        self._finished_bytes += finished_bytes
        progressed = files > 0 or self._data_bytes() > self._overhead_bytes
        self._check(code, process.stderr, progressed=progressed)

    def finish(self, plan: Plan) -> None:
        """Remove the partial files whose source vanished meanwhile."""
        if self._request.pull:
            seeds.weed_here(plan.root, plan.partials)
        else:
            seeds.weed_there(self._box, plan.root, plan.partials)

    def _root(self) -> tuple[str, str]:
        """Return the directory that the names of a dry run are below, and the file's new name if it gets one."""
        target = self._request.target
        if self._is_renamed_file():
            return posixpath.dirname(target), posixpath.basename(target)
        return target, ""

    def _is_renamed_file(self) -> bool:
        """Whether a file is copied onto a name, not into a directory."""
        request = self._request
        if request.target.endswith("/"):
            return False
        if request.pull:
            return self._far.kind in {"file", "link"} and not Path(request.target).is_dir()
        return not Path(request.source).is_dir() and self._far.kind != "directory"

    @property
    def wire_bytes(self) -> int:
        """What crossed the link so far, both directions, all attempts, dry runs too."""
        return self._wire_before + sum(self._sent_and_received())

    @contextlib.contextmanager
    def _running(self, words: Sequence[str]) -> Iterator[Process]:
        """Run rsync over the counting link, which ends when we end, however we end."""
        argv, ssh = patchwork.command(
            self._box, [*self._options(), *words], ssh_options(self._box), delete=self._request.options.delete
        )
        self._wire_before, self._last = self.wire_bytes, (0, 0)
        ours, theirs = os.pipe()
        with tempfile.TemporaryFile() as counts:
            order = json.dumps({"ssh": ssh, "counts": counts.fileno(), "lifeline": ours})
            rsh = " ".join(f'"{word}"' for word in (sys.executable, "-I", "-S", link.__file__))
            call = [*argv, f"--rsh={rsh}", *self._operands()]
            self._counts = counts.fileno()
            try:
                with Process(call, _environment(order), [ours, self._counts]) as process:
                    yield process
            finally:
                self._last, self._counts = self._sent_and_received(), None
                os.close(ours)
                os.close(theirs)

    def _data_bytes(self) -> int:
        """What went in the direction of the files in the call that ran last."""
        sent, received = self._sent_and_received()
        return received if self._request.pull else sent

    def _sent_and_received(self) -> tuple[int, int]:
        if self._counts is None:
            return self._last
        data = os.pread(self._counts, 16, 0)
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")

    def _options(self) -> list[str]:
        """Say what patchwork's ``-pthrvz`` lacks, and take back what it has too much of."""
        options = self._request.options
        compress = ["--compress-choice=zstd", "--compress-level=3"] if self._zstd else ["--no-compress"]
        return [
            "--no-verbose",
            "--no-human-readable",
            *compress,
            "--copy-links" if options.copy_links else "--links",
            "--protect-args",
            *(["--inplace"] if self._inplace else [f"--partial-dir={seeds.PARTIAL_DIRECTORY}"]),
            # Of any kind: as links in a hostile tree they would lead our own partial files astray.
            *(f"--exclude={name}" for name in (seeds.PARTIAL_DIRECTORY, SFTP_PARTIAL_DIRECTORY)),
            *(f"--exclude={pattern}" for pattern in options.exclude),
            *([f"--bwlimit={options.bwlimit}"] if options.bwlimit else []),
            f"--rsync-path={ghosts.mark(self._box, self._request)}",
        ]

    def _operands(self) -> list[str]:
        request, resolved = self._request, self._box.resolved
        host = f"[{resolved.name}]" if ":" in resolved.name else resolved.name
        there = f"{resolved.user}@{host}:{_literal(request.there) if request.pull else request.there}"
        return [there, request.here] if request.pull else [request.here, there]

    def _check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        if code:
            raise self._error(code, stderr, progressed=progressed)

    def _error(  # noqa: PLR0911 - one line per class of failure
        self, code: int, stderr: str, *, progressed: bool
    ) -> TaskError:
        box = self._box.name
        cause = _shortened(stderr) or f"rsync ended with code {code}"
        if error := symptoms.link_error_of(stderr):
            return error(f"`{box}` was not reached", box=box, cause=cause, hint=f"see why: ssh -v {box}")
        if code == _USAGE:
            return UsageError("rsync does not take these options", cause=cause)
        if code == _NOT_FOUND or "command not found" in stderr:
            return ToolMissing("no rsync on the box", box=box, cause=cause)
        dropped = code in _LINK_CODES or code < 0 or code in _KILLED
        # One file that could not be read is no reason not to go on after a cut; a full disk is.
        if error := symptoms.disk_error_of(stderr) if dropped else symptoms.error_of(stderr):
            where = "here" if self._request.pull else f"on `{box}`"
            look = _LOOK.get(error, "ls -la").format(path=shlex.quote(self._root()[0]))
            hint = f"look {where}: {look if self._request.pull else shlex.join(['ssh', box, look])}"
            return error(f"the copy to `{one_line(self._request.target)}` stopped", box=box, cause=cause, hint=hint)
        if dropped:
            return Dropped(box, cause, progressed=progressed)
        if code in _SOME_FAILED:
            return Incomplete("some files were not copied", box=box, cause=cause, hint="run it again")
        return CommandFailed(f"rsync ended with code {code}", box=box, cause=cause)


def _environment(order: str) -> Mapping[str, str]:
    """Return our environment without rsync's own variables, and with messages in the C library's own words."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RSYNC_")}
    return {**kept, "LC_ALL": "C", "SSH_TRANSPORT_LINK": order}


def _literal(path: str) -> str:
    """Return a source path that the far rsync takes letter by letter, not as a wildcard."""
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path) if set(path) & set("*?[") else path


def _shortened(stderr: str) -> str:
    """Return the first and the last words of what rsync said."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    return "\n".join(lines if len(lines) <= 8 else [*lines[:4], "...", *lines[-3:]])  # noqa: PLR2004
