"""Brings a checkout to a box: what an earlier push sent and this one does not is known, and all that may be deleted."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ssh_transport import files
from ssh_transport.code.keeping import Keeping
from ssh_transport.code.listing import LINK
from ssh_transport.code.there import compared
from ssh_transport.errors import Guarded, Incomplete
from ssh_transport.errors.translation import translated
from ssh_transport.link.persist import persist
from ssh_transport.request.end import End
from ssh_transport.request.landing import own_name
from ssh_transport.terminal.report import say
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import one_line
from ssh_transport.transfer.announcement import say_doubled
from ssh_transport.transfer.columns import KINDS
from ssh_transport.transfer.deletion import directories_above
from ssh_transport.transfer.result import Transfer
from ssh_transport.transfer.run import copy

from .tree import named
from .verification import verified

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from ssh_transport.code.there import State
    from ssh_transport.link.persist import Patience
    from ssh_transport.manifest import Verification
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.result import Forecast

    from .tree import Tree

_T = TypeVar("_T")


def push_checkout(
    tree: Tree, request: Request, patience: Patience, show: Callable[[Progress], None], *, verify: bool = False
) -> Transfer | Forecast:
    """
    Push it as `copy` does; with ``delete``, take away what an earlier push sent and this one does not.

    Nothing else at the target is deleted: neither what the box made, nor what was changed there. The note beside the
    code is written before anything is, as one of a push under way, and again at the end; a second run writes nothing.

    :param verify: hash at the end, on the box, all that was sent; a difference is no error here.
    :raises TaskError: as `copy`; and if the work tree was written to meanwhile.
    """
    push = _Push(tree, request, patience, show)
    what = f"the push of code to {push.request.target} ({request.box.address})"
    with files.locked(what), polite_kills_as_ctrl_c():
        done = push.run(verify=verify)
    return replace(done, code=tree.code)


class _Push:
    """A push under way to one box."""

    def __init__(self, tree: Tree, request: Request, patience: Patience, show: Callable[[Progress], None]) -> None:
        self.request, self._asked = _of_contents(request), request
        self._tree, self._patience, self._show = tree, patience, show
        self._box, self._path = request.box, self.request.target.path
        self._keeping = Keeping(self._box, self._path, tree.code, tree.listing)
        self._gone: list[str] = []
        self._replaced: list[str] = []

    def run(self, *, verify: bool) -> Transfer | Forecast:
        self._box.require("sftp")
        # What fails at the first contact is told at once: a wrong port does not get better.
        self._box.open()
        self._lasting(self._look)
        done = self._copied()
        if not isinstance(done, Transfer):
            return done
        if self._tree.read_again().digest != self._tree.listing.digest:
            raise Incomplete("the work tree was written to while it was sent", box=self._box.name, hint="run it again")
        verification = self._lasting(self._verified) if verify else None
        if verification is None or verification.comparison.arrived:
            self._lasting(lambda: self._keeping.end([*self._gone, *self._replaced]))
        return replace(done, verification=verification)

    def _lasting(self, act: Callable[[], _T]) -> _T:
        """Do it, through drops."""

        def attempt(number: int) -> _T:
            if number > 1:
                self._box.reconnect()
            return act()

        return persist(translated(self._box.name)(attempt), self._patience)[0]

    def _verified(self) -> Verification:
        return verified(self._box, self._path, self._tree.listing)

    def _look(self) -> None:
        """Find out what earlier pushes have left that is on the box as it was sent; say what is not."""
        self._keeping.read()
        if not self._keeping.is_known:
            say_doubled(self._asked)
        above = {path for line in self._tree.listing.lines for path in directories_above(line.name)}
        # A file where a directory comes goes with the copy, with or without `delete`.
        states = self._compared(lambda name: name in above or self.request.options.delete)
        changed = [name for name, state in states.items() if state == "changed"]
        if in_the_way := [name for name in changed if name in above]:
            what = f"changed on the box since they were sent, and directories must go there: {named(in_the_way)}"
            raise Guarded(what, box=self._box.name, hint="move them away on the box; nothing was changed")
        if changed:
            say(f"{self._box.name}: not deleted, as changed on the box since they were sent: {named(changed)}")
        self._keeping.forget(name for name, state in states.items() if state == "gone")
        same = [name for name, state in states.items() if state in {"same", "mode"}]
        self._gone = [name for name in same if name not in above]
        self._replaced = [name for name in same if name in above]

    def _compared(self, is_asked: Callable[[str], bool]) -> dict[str, State]:
        lines = [line for line in self._keeping.earlier.lines if self._tree.sends(line.name) and is_asked(line.name)]
        return compared(self._box, self._path, lines)

    def _still_gone(self) -> tuple[str, ...]:
        """Return what may go now: what somebody has written to while we copied stays."""
        gone = frozenset(self._gone)
        states = self._compared(lambda name: name in gone)
        if changed := [name for name, state in states.items() if state == "changed"]:
            say(f"{self._box.name}: not deleted, as changed on the box meanwhile: {named(changed)}")
        self._gone = [name for name, state in states.items() if state != "changed"]
        return tuple(self._gone)

    def _copied(self) -> Transfer | Forecast:
        """Copy; where a directory makes way for a file or link, without that first, so that the directory can go."""
        names = [line.name for line in self._tree.listing.lines]
        in_the_way = {above for name in self._gone for above in directories_above(name)}.intersection(names)
        first = self._copy([name for name in names if name not in in_the_way], self._gone)
        if not in_the_way:
            return first
        if not isinstance(first, Transfer):
            return self._with_second(first, in_the_way)
        second = self._copy(names, ())
        return replace(first.plus(second), matched=second.matched) if isinstance(second, Transfer) else second

    def _with_second(self, first: Forecast, names: Container[str]) -> Forecast:
        """Add what waits for directories to go: a dry run leaves them there, and it can't be planned before."""
        lines = [line for line in self._tree.listing.lines if line.name in names]
        files = [line for line in lines if line.mode != LINK]
        changes = [f"new {KINDS['l' if line.mode == LINK else 'f']}: {line.name}" for line in lines]
        for change in changes:
            say(one_line(change))
        return replace(
            first,
            matched=first.matched + len(lines),
            files=first.files + len(files),
            bytes=first.bytes + sum(line.size for line in files),
            links=first.links + len(lines) - len(files),
            changes=(*first.changes, *changes),
        )

    def _copy(self, only: Iterable[str], gone: Sequence[str]) -> Transfer | Forecast:
        options = replace(
            self.request.options, only=tuple(only), only_links=True, gone=tuple(gone), exclude=(), verify=False
        )
        request = self.request.with_options(options)
        return copy(
            request, self._patience, self._show, is_known=True, begin=self._keeping.begin, still_gone=self._still_gone
        )


def _of_contents(request: Request) -> Request:
    """Return the same push with the contents of the directory as its source: names are relative to that."""
    source, target = request.source.path, request.target
    path = posixpath.join(target.path, own_name(source))
    return replace(request, source=End(f"{source.rstrip('/')}/"), target=replace(target, path=path))
