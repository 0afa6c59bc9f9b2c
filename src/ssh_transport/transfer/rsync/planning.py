"""What a copy by rsync will do, and once it is done, what there would be left to do: nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.transfer.engine import Plan

from . import outcome, output
from .plan import plan_of
from .same_files import are_there, is_same_file

if TYPE_CHECKING:
    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.request.landing import Landing

    from .calls import Calls
    from .listing import Listing
    from .output import Announced
    from .standing import Standing

_MKPATH_SINCE = (3, 2, 3)
# Incremental recursion saves memory, and waits for the box at every directory. Of a first copy, the plan counts it all.
_WHOLE_LIST_FILES = 100_000
# What an attempt sends anyhow beside the file list: matched blocks of a resumed file are 4 bytes for each 128 KiB.
_OVERHEAD_BYTES, _OVERHEAD_SHARE = 1 << 16, 1e-4


class Planning:
    """
    Asks rsync itself, with the very options of the copy: over the link, or at one end alone.

    :ivar overhead_bytes: what the copy that was planned last sends even if it gets nowhere.
    """

    def __init__(self, calls: Calls, standing: Standing, listing: Listing, remote: RemoteEnd, landing: Landing) -> None:
        self._calls, self._standing, self._listing = calls, standing, listing
        self._remote, self._landing = remote, landing
        self._request, self._settings = calls.request, calls.settings
        self.overhead_bytes = 0.0

    def plan(self) -> Plan:
        """See `Engine`."""
        calls = self._calls
        is_first, limit_bytes = self._standing.is_first, self._settings.resume_over_bytes
        listed = self._listing.of_little(self._remote, limit_bytes) if is_first else None
        # What is pushed to where nothing is this machine's rsync can tell alone.
        announced, code, said = (listed, 0, "") if listed else self._asked(is_here=is_first and not calls.is_pull)
        dangling = outcome.only_dangling(said) if code in outcome.SOME_FAILED else []
        # What can't be read does not keep the rest from being copied; the copy itself ends with that error.
        if not dangling and (self._request.options.dry_run or not announced.items or code not in outcome.SOME_FAILED):
            calls.check(code, said)
        if listed and not self._request.options.dry_run:
            # What is left to look at is on this machine.
            total_bytes = sum(item.bytes for item in listed.items)
            calls.lanes.begin(total_bytes)
            calls.begin_link(total_bytes)
        root, renamed = calls.root
        plan = plan_of(
            announced,
            dangling=dangling,
            root=root,
            renamed=renamed,
            unlisted=outcome.shortened(said) if code else "",
            deletes=self._request.options.deletes_extra,
            top=self._landing.top,
            resume_over_bytes=limit_bytes,
            options=calls.shown_options,
            in_place=calls.in_place,
        )
        calls.lists_at_once |= calls.is_far and self._standing.is_first and plan.files < _WHOLE_LIST_FILES
        self.overhead_bytes = calls.data_bytes + _OVERHEAD_BYTES + plan.bytes * _OVERHEAD_SHARE
        return plan

    def source_names(self) -> list[str]:
        """See `Engine`: a plan for a target that does not exist."""
        token = uuid4().hex
        nowhere = f"./.ssh-transport-{token}/"
        words = ["--dry-run", f"--out-format={output.out_format(token)}"]
        with self._calls.running(words, self._calls.operands(nowhere)) as run:
            return [item.name for item in output.announced(run.lines(), token).items]

    def look_again(self, plan: Plan) -> Plan:
        """See `Engine`; what is little is asked about by itself, a plan is more round trips."""
        if self._calls.has_coarse_times:
            return self.plan()
        touched = self._listing.touched(self._remote, plan, self._calls.root)
        if touched is not None:
            return Plan(0, 0, touched=touched)
        return Plan(0, 0) if self._is_there(plan) else self.plan()

    def _is_there(self, plan: Plan) -> bool:
        """Whether all is known to have arrived: of a push, what the source has by now."""
        if self._calls.is_pull:
            return is_same_file(self._request, plan)
        announced, code, _ = self._asked(is_here=True)
        return code == 0 and are_there(self._request, plan, announced.items, self._calls.root)

    def _asked(self, *, is_here: bool = False) -> tuple[Announced, int, str]:
        """
        Return what a dry run announces, how it ended, and what it said to that.

        :param is_here: whether the target is one of this machine, where nothing is.
        """
        token, calls = uuid4().hex, self._calls
        words = ["--dry-run", f"--out-format={output.out_format(token)}", f"--timeout={self._settings.silence_s}"]
        words += output.counting(self._request.options)
        # A dry run must not make the directory that a copy will have made.
        words += ["--mkpath"] if calls.oldest >= _MKPATH_SINCE else []
        if self._standing.is_first and not self._request.options.dry_run:
            calls.lanes.begin()
        place = [self._request.source.path, f"./.ssh-transport-{token}/"] if is_here else self._operands()
        with calls.running(words, place, is_here=is_here) as process:
            announced = output.announced(process.lines(), token)
            return announced, process.wait(), process.stderr

    def _operands(self) -> list[str]:
        found = self._calls.operands()
        if self._calls.oldest < _MKPATH_SINCE and self._calls.root[1]:
            # Without --mkpath it looks into the directory of a renamed file, which may be missing. A directory of that
            # name is as empty.
            found[1] += "" if self._standing.is_there else "/"
        return found
