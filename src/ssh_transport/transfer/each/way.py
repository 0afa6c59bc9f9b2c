"""The way of one directory: skipped if it is complete, else copied, compared, and once more what still differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import Different, Interrupted
from ssh_transport.manifest import prove
from ssh_transport.manifest.proof import reasons
from ssh_transport.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.request import Transfer
from ssh_transport.transfer.run import copy
from ssh_transport.transfer.sftp.there import speaking

from .items import sides
from .repair import age
from .result import Outcome
from .threshold import reaches

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.manifest import Comparison
    from ssh_transport.transfer.engine import Progress
    from ssh_transport.transfer.persist import Patience
    from ssh_transport.transfer.request import Forecast, Options

    from .gauge import Gauge
    from .items import Item
    from .result import State

AGAIN = "run the same command again once nothing writes there; it does only what is missing"
_TOLD = 3


class Way:
    """
    How every directory of a run is brought to its end; threads share it.

    :param options: as the person gave them.
    :param least_bytes: so much at the target is complete, without hashing; 0 hashes.
    :param stop: once it is set, whatever waits or makes progress ends with `Interrupted`.
    """

    def __init__(
        self, options: Options, patience: Patience, gauge: Gauge, least_bytes: int, stop: threading.Event
    ) -> None:
        self._options = options
        self._gauge = gauge
        self._least_bytes = least_bytes
        self._stop = stop
        self.patience = replace(patience, sleep=self._sleep)

    def bring(self, box: Box, item: Item, *, is_due: bool) -> Outcome:
        """
        Copy one item if it is not complete, and return what became of it.

        :param is_due: whether it is copied even if it is complete.
        :raises Different: both ends differ after the copy.
        """
        options, compares = item.request.options, not self._least_bytes
        if item.stands and not is_due:
            if compares and not options.dry_run and self._is_whole(found := self._compared(box, item)):
                return self._proven(item, "complete", found)
            if not compares and not item.is_beside and self._is_large(box, item):
                return Outcome(name=item.name, state="complete", judged_by="size")
        done = self._copied(box, item)
        if not isinstance(done, Transfer):
            return _planned(item, done)
        state: State = "copied" if _sent(done) or not item.stands else "complete"
        if not compares:
            made = Outcome(name=item.name, state=state, files=done.files, bytes=done.bytes, judged_by="size")
            return replace(made, attempts=done.attempts, wire_bytes=done.wire_bytes)
        found = self._compared(box, item)
        attempts, wire_bytes = done.attempts, done.wire_bytes
        if names := found.differences["different"].names:
            files = count(len(names), "file")
            say(f"{box.name}: {one_line(item.name)}: {files} of the same size and time differ; copied again")
            age(box, item, names)
            again, state = self._copied(box, item), "copied"
            found = self._compared(box, item)
            if isinstance(again, Transfer):
                attempts, wire_bytes = attempts + again.attempts, wire_bytes + again.wire_bytes
        if not self._is_whole(found):
            raise _differs(box, found)
        return replace(self._proven(item, state, found), attempts=attempts, wire_bytes=wire_bytes)

    def _copied(self, box: Box, item: Item) -> Transfer | Forecast:
        return copy(box, item.request, self.patience, self._showing(self._gauge.copying, item), is_known=True)

    def _compared(self, box: Box, item: Item) -> Comparison:
        show = self._showing(self._gauge.hashing, item)
        return prove(box, item.request, self.patience, show, keep=False).comparison

    def _is_whole(self, found: Comparison) -> bool:
        return found.identical if self._options.delete else found.arrived

    def _is_large(self, box: Box, item: Item) -> bool:
        with speaking(box):
            _, target = sides(box, item.request)
            return reaches(target, item.landing, self._least_bytes, self._go_on)

    def _proven(self, item: Item, state: State, found: Comparison) -> Outcome:
        # What the item leaves out is another item's; what the person left out is nobody's.
        needed = tuple(reasons(self._options, found))
        files, held = found.files, found.bytes
        return Outcome(name=item.name, state=state, files=files, bytes=held, judged_by="manifest", needed=needed)

    def _showing(self, tell: Callable[[str, Progress], None], item: Item) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            self._go_on()
            tell(item.name, progress)

        return show

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Interrupted("stopped")

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
