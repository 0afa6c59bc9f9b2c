"""Questions asked side by side, in threads that nobody waits for once there is no use for the answers."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from ssh_transport.terminal.control import current

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

_TICK_S = 0.1
_T = TypeVar("_T")
_Item = TypeVar("_Item")


def in_context(run: Callable[..., None], *args: object) -> threading.Thread:
    """
    Return a thread that belongs to the task of its caller: what it runs can be stopped, what it says has a place.

    It does not keep the program from ending.
    """
    return threading.Thread(target=contextvars.copy_context().run, args=(run, *args), daemon=True)


class Beside(Generic[_T]):
    """
    One job in a thread.

    A pool of threads would be waited for, on Ctrl-C and at the end of the program; this thread ends with the connection
    that it asks over, or with us.
    """

    def __init__(self, job: Callable[[], _T]) -> None:
        self._future: Future[_T] = Future()
        in_context(self._run, job).start()

    def result(self) -> _T:
        """Wait for what the job returns, or raise what it raises; the job itself has a limit."""
        return self._future.result()

    def _run(self, job: Callable[[], _T]) -> None:
        try:
            self._future.set_result(job())
        except BaseException as exc:  # noqa: BLE001 - whatever it is, who waits must hear of it
            self._future.set_exception(exc)


@contextlib.contextmanager
def beside(job: Callable[[], _T]) -> Iterator[Beside[_T]]:
    """Run a job beside the ``with``, which ends when both have, or at once on an error."""
    made = Beside(job)
    yield made
    made.result()


def as_answered(
    ask: Callable[[_Item], _T], items: Sequence[_Item], at_once: int
) -> Generator[tuple[_Item, Callable[[], _T]], None, None]:
    """
    Yield each item as soon as it is answered, with what returns its answer or raises its error; so many at once.

    Each question has a limit of its own. Those that wait when the iterator is closed are not asked.
    """
    waiting = deque(items)
    answered: queue.SimpleQueue[tuple[_Item, Future[_T]]] = queue.SimpleQueue()

    def work() -> None:
        while True:
            try:
                item = waiting.popleft()
            except IndexError:
                return
            future: Future[_T] = Future()
            try:
                future.set_result(ask(item))
            except BaseException as exc:  # noqa: BLE001 - as above
                future.set_exception(exc)
            finally:
                answered.put((item, future))

    for _ in range(min(at_once, len(items))):
        in_context(work).start()
    try:
        caller = current()
        for _ in range(len(items)):
            while True:
                caller.check()
                with contextlib.suppress(queue.Empty):
                    item, future = answered.get(timeout=_TICK_S)
                    break
            yield item, future.result
    finally:
        waiting.clear()


def mapped(ask: Callable[[_Item], _T], items: Sequence[_Item], at_once: int) -> list[_T]:
    """Return the answers in the order of the items; the first error ends it."""
    found: dict[int, _T] = {}
    with contextlib.closing(as_answered(lambda at: ask(items[at]), range(len(items)), at_once)) as answers:
        for at, answer in answers:
            found[at] = answer()
    return [found[at] for at in range(len(items))]
