"""The way of one directory: skipped if it is complete, else copied, compared, and once more what still differs."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import Different
from ssh_transport.manifest import verify
from ssh_transport.manifest.verification import reasons
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.result import Transfer
from ssh_transport.transfer.run import copy
from ssh_transport.trees import tree_of
from ssh_transport.trees.there import speaking

from .result import Outcome
from .threshold import reaches

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from ssh_transport.box import Box
    from ssh_transport.link.persist import Patience
    from ssh_transport.manifest import Comparison
    from ssh_transport.manifest.ends import Method
    from ssh_transport.request.options import Options
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.result import Forecast

    from .gauge import Gauge
    from .items import Item
    from .result import State
    from .whole import Manifests

AGAIN = "run the same command again once nothing writes there; it does only what is missing"
_TOLD = 3


class ItemCopier:
    """
    How every directory of a run is brought to its end; threads share it.

    :param options: as the person gave them.
    :param manifests: gets the manifest of every directory that has arrived.
    :param least_bytes: so much at the target is complete, without hashing; 0 hashes.
    :param stop: once it is set, whatever waits or makes progress ends with `KeyboardInterrupt`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what the threads share
        self,
        options: Options,
        patience: Patience,
        gauge: Gauge,
        manifests: Manifests,
        least_bytes: int,
        stop: threading.Event,
    ) -> None:
        self._options = options
        self._gauge = gauge
        self._manifests = manifests
        # The same for all: together they have one receipt.
        self.how: Method | None = None
        self._least_bytes = least_bytes
        self._stop = stop
        self.patience = replace(patience, sleep=self._sleep)

    def copy_item(self, item: Item, *, is_due: bool) -> Outcome:
        """
        Copy one item if it is not complete, and return what became of it.

        :param is_due: whether it is copied even if it is complete.
        :raises Different: both ends differ after the copy.
        """
        options, compares = item.request.options, not self._least_bytes
        if item.stands and not is_due:
            if compares and not options.dry_run and self._is_whole(found := self._compared(item)):
                return self._proven(item, "complete", found)
            if not compares and not item.is_beside and self._is_large(item):
                return Outcome(name=item.name, state="complete", judged_by="size")
        done = self._copied(item)
        if not isinstance(done, Transfer):
            return _planned(item, done)
        state: State = "copied" if _sent(done) or not item.stands else "complete"
        if not compares:
            made = Outcome(name=item.name, state=state, files=done.files, bytes=done.bytes, judged_by="size")
            return replace(made, attempts=done.attempts, wire_bytes=done.wire_bytes)
        found = self._compared(item)
        attempts, wire_bytes = done.attempts, done.wire_bytes
        if names := found.differences["different"].names:
            files = count(len(names), "file")
            where = f"{item.request.box.name}: {one_line(item.name)}"
            say(f"{where}: {files} of the same size and time differ; copied again")
            _age(item, names)
            again, state = self._copied(item), "copied"
            found = self._compared(item)
            if isinstance(again, Transfer):
                attempts, wire_bytes = attempts + again.attempts, wire_bytes + again.wire_bytes
        if not self._is_whole(found):
            raise _differs(item.request.box, found)
        return replace(self._proven(item, state, found), attempts=attempts, wire_bytes=wire_bytes)

    def _copied(self, item: Item) -> Transfer | Forecast:
        return copy(item.request, self.patience, self._showing(self._gauge.copying, item), is_known=True)

    def _compared(self, item: Item) -> Comparison:
        show = self._showing(self._gauge.hashing, item)
        with self._manifests.of(item.name) as file:
            return verify(item.request, self.patience, show, keep=False, how=self.how, into=file).comparison

    def _is_whole(self, found: Comparison) -> bool:
        return found.identical if self._options.delete else found.arrived

    def _is_large(self, item: Item) -> bool:
        with speaking(item.request.box):
            return reaches(tree_of(item.request.target), item.landing, self._least_bytes, self._go_on)

    def _proven(self, item: Item, state: State, found: Comparison) -> Outcome:
        # What the item leaves out is another item's; what the person left out is nobody's.
        needed = tuple(reasons(self._options, found))
        self._manifests.add(item.name, found)
        files, held = found.files, found.bytes
        return Outcome(name=item.name, state=state, files=files, bytes=held, judged_by="manifest", needed=needed)

    def _showing(self, tell: Callable[[str, Progress], None], item: Item) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            self._go_on()
            tell(item.name, progress)

        return show

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt

    def _sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)
        self._go_on()


def _planned(item: Item, found: Forecast) -> Outcome:
    state: State = "missing" if not item.stands else "differs" if _sent(found) else "there"
    return Outcome(name=item.name, state=state, files=found.files, bytes=found.bytes, judged_by="plan")


def _sent(done: Transfer | Forecast) -> bool:
    return bool(done.files or done.links or done.deletions)


def _differs(box: Box, found: Comparison) -> Different:
    names = [one_line(name) for kind, of in found.differences.items() if kind != "extra" for name in of.names]
    more = f"\nand {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return Different(
        f"both ends differ after the copy: {found.counts}",
        box=box.name,
        cause="\n".join(names[:_TOLD]) + more,
        hint=AGAIN,
    )


def _age(item: Item, names: Iterable[str]) -> None:
    """
    Set the time of files at the target back, so that both engines send them again, whole or as a difference.

    Where size and time are the same no ordinary copy does. Nothing is removed: should the copy not come to pass, what
    was there is still there.

    :param names: relative to where the item lands.
    """
    with speaking(item.request.box):
        target = tree_of(item.request.target)
        for name in names:
            path = posixpath.join(item.landing, name)
            entry = target.look(path)
            if entry is not None and entry.kind == "f":
                target.set_attributes(path, replace(entry, mtime_s=0 if entry.mtime_s else 1))
