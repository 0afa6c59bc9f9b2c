"""A copy under way: what every attempt shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import EndpointTooWeak
from ssh_transport.facts.sizes import sizes_here, sizes_there
from ssh_transport.manifest.ends import check as check_verifiable
from ssh_transport.sftp.facts import sizes_by_sftp
from ssh_transport.terminal.pace import Pace
from ssh_transport.terminal.progress import Progress, arrived
from ssh_transport.text import one_line

from . import deletion, fit, preflight, second_look
from .announcement import announce
from .choice import choose
from .guard import content, destination
from .rsync.partials import batches
from .touched import Clock

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ssh_transport.link.persist import Patience
    from ssh_transport.request.carried import Carried
    from ssh_transport.request.request import Request

    from .ends import Ends
    from .engine import Bring, Engine, Plan


class Job:
    """A copy under way: what every attempt shares; each goes on where the one before was cut."""

    def __init__(  # noqa: PLR0913 - as above
        self,
        request: Request,
        patience: Patience,
        show: Callable[[Progress], None],
        found: contextlib.ExitStack,
        *,
        begin: Callable[[], None] = lambda: None,
        still_gone: Callable[[], tuple[str, ...]] | None = None,
        guards: bool = True,
        known: Ends | None = None,
        bring: Bring | None = None,
    ) -> None:
        self._request, self._patience, self._begin = request, patience, begin
        self._guards, self._known = guards, known
        self._still_gone = still_gone
        self._found = found
        self._bring = bring
        self.via: Carried | None = None
        self._show = show
        self._progress = Progress()
        self.pace = Pace()
        self.ends: Ends
        self.engine: Engine
        self.plan: Plan
        self._clock: Clock
        self._is_planned = self._is_begun = self._is_copied = self._is_deleted = self._has_coarse_times = False
        self._left: Plan | None = None
        self._last: Plan | None = None

    def attempt(self, number: int) -> None:
        """Look, decide, act; after a cut the plan stands, and what it asked for is partly done."""
        if number > 1:
            # Proves, before any byte of a file moves, that it is still the same box and still lets us in.
            for box in self._request.boxes:
                box.reconnect()
        if not self._is_planned:
            self.ends, self.engine = choose(self._request, self._known)
            # Before the box was looked at, only an alias and a spelling were known.
            self._found.close()
            if self._request.target.box:
                what = f"the copy to {one_line(self.ends.path)} ({self._request.target.address})"
                self._found.enter_context(files.locked(what))
            self._clock = Clock(self.ends)
            self.plan = self._planned()
            self._is_planned = True
        if self._request.options.dry_run:
            return
        if not self._is_begun:
            self._begin()
            self._is_begun = True
        self._progress.attempt = number
        if self._bring and self._left is None:
            self.via = self._bring(self._request, self.plan, self._progress, self._got_on)
            if self.via:
                self.engine.take_in()
            self._left = self.engine.plan() if self.via else self.plan
        self._copy_and_delete(self.plan)

    def _copy_and_delete(self, plan: Plan) -> None:
        """Copy, look again, delete; what had to wait for the deletions comes after them, and is looked at too."""
        if not self._is_copied:
            self._copy(self._left or plan, plan.in_the_way)
            self._is_copied = True
        if not plan.changes and not plan.unlisted:
            return
        if not self._is_deleted:
            # A link of several connections may have healed while that of the questions broke.
            for box in self._request.boxes:
                box.open_if_lost()
            # A cut in here leaves the copy as whole as it was: the next attempt only looks.
            again = self._look_again(plan, plan.in_the_way)
            self._delete(plan, again)
            self._is_deleted = True
        if plan.in_the_way:
            self._last = self._last or self.engine.plan()
            self._copy(self._last, frozenset())
            self._look_again(self._last, frozenset())

    def _delete(self, plan: Plan, again: Plan) -> None:
        """Delete what was planned and still may go; the plan is what was done then."""
        request = self._request
        if self._still_gone and plan.deletions:
            request = request.with_options(replace(request.options, gone=self._still_gone()))
        still = deletion.with_gone(again, request).deletions
        deletion.delete(self._request, plan, still)
        if self._still_gone:
            kept = frozenset(plan.deletions) - frozenset(still)
            deletions = [name for name in plan.deletions if name not in kept]
            self.plan = replace(plan, deletions=deletions, changes=plan.changes.without(kept))

    def _look_again(self, plan: Plan, without: Collection[str]) -> Plan:
        """Return what there is left to do once all but `without` has arrived; whatever is wrong with it is raised."""
        again = second_look.check(self.engine, plan, self._request.target.name, without=without)
        second_look.check_touched(self._request, plan, self._clock, again, without=without)
        # Where names are chosen, also for what goes, the target holds more than is compared.
        if self._has_coarse_times and not without and self._request.options.gone is None:
            second_look.check_by_hash(self._request, self._patience, self._show)
        return again

    def _copy(self, plan: Plan, without: Collection[str]) -> None:
        self._progress.total_bytes = plan.bytes
        try:
            self.engine.attempt(plan, self._progress, self._got_on, without=without)
        except KeyboardInterrupt as exc:
            exc.args = exc.args or tuple(filter(None, [arrived(self._progress.done_bytes, plan.bytes)]))
            raise

    def _got_on(self) -> None:
        self.pace.note(self._progress)
        self._show(self._progress)

    def _planned(self) -> Plan:
        """
        Plan, and say what will be done.

        :raises TaskError: the target can't hold it, or it must not be done; nothing was changed.
        """
        request, ends = self._request, self.ends
        if request.options.verify:
            check_verifiable(request)
        if not ends.landing.name:
            destination.check(request, ends.landing.path, ends.target.homes if ends.target else None)
        plan = deletion.with_gone(self.engine.plan(), request)
        if request.source.is_here and self._guards:
            content.check(request, plan.sources)
        able = fit.abilities_of(request, ends, plan)
        if able.coarse_times or able.folds_case:
            self._has_coarse_times = able.coarse_times
            self.engine.adapt(able)
            plan = deletion.with_gone(self.engine.plan(), request)
        fit.check(request, self.engine, plan, able)
        if plan.deletions:
            plan = deletion.without_same(plan, request, fit.names_to_keep(self.engine, ends, plan))
        plan = deletion.without_kept(plan, request)
        if request.options.dry_run:
            # Its names are what a person looks at before they let more go.
            announce(request, ends, self.engine, plan)
        deletion.check(plan, request)
        preflight.check_plan(plan, ends.destination, lambda names: self._sizes(plan.root, names))
        if not request.options.dry_run:
            announce(request, ends, self.engine, plan)
        return plan

    def _sizes(self, root: str, names: Sequence[str]) -> Mapping[str, int]:
        box = self._request.target.box
        if box is None:
            return sizes_here(root, names)
        try:
            found = sizes_there(box, root, batches(names))
        except EndpointTooWeak:
            return sizes_by_sftp(box, root, names)
        return {name.removeprefix("./"): count for name, count in found.items()}
