"""What carrying a copy in either direction has in common: which files, and who is told how far it is."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import Different
from ssh_transport.request.landing import sources_root
from ssh_transport.text import one_line

from .parts import PART_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.columns import Write
    from ssh_transport.transfer.engine import Plan

# Of a part that came as something else, by way of a cache for example.
_TRIES = 3
_ID_DIGITS = 24


class Moved:
    """What a copy has stored and fetched, in all its attempts; several threads may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.up_bytes = self.down_bytes = 0

    def up(self, count: int) -> None:
        """Note that so many bytes were stored."""
        with self._lock:
            self.up_bytes += count

    def down(self, count: int) -> None:
        """Note that so many bytes were fetched."""
        with self._lock:
            self.down_bytes += count


class Job:
    """
    The files of a plan that a relay carries, as their names at the source and what is written of each.

    :param root: the directory that the names at the target are below.
    :param tick: called whenever `progress` changed.
    :ivar over: set once nobody waits for it any more.
    """

    def __init__(  # noqa: PLR0913 - what is carried, by what, and who is told
        self,
        request: Request,
        relay: str,
        plan: Plan,
        moved: Moved,
        *,
        progress: Progress,
        tick: Callable[[], None],
    ) -> None:
        self.request = request
        self.root = plan.root
        self.moved = moved
        self.files = _carried_files(plan)
        self.over = threading.Event()
        self.tick = tick
        self._relay = relay
        self._progress = progress
        self._bad: dict[int, int] = {}
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    @property
    def source_root(self) -> str:
        """The directory that the names at the source are below."""
        return sources_root(self.request.source.path)

    @functools.cached_property
    def copy(self) -> str:
        """
        What the parts of this copy are filed under: the same for a later run, and for each of several boxes.

        It is also what files are put together under, and so another for every machine and version that is pushed.
        """
        end = self.request.source
        where = end.box.carrier.host_key.fingerprint if end.box else ""
        known = sha256(os.fsencode(f"{PART_BYTES}\0{platform.node()}\0{where}\0{end.path}"))
        for name, write in self.files:
            version = "" if end.box else _version(Path(self.source_root, name))
            known.update(os.fsencode(f"\0{name}\0{write.bytes}\0{version}"))
        return known.hexdigest()[:_ID_DIGITS]

    def got(self, count: int) -> None:
        """Note that so many bytes of files have arrived."""
        with self._lock:
            self._progress.done_bytes += count

    def again(self, number: int, why: str) -> None:
        """
        Note that a part has to be carried again.

        :raises Different: that was so often enough.
        """
        with self._lock:
            self._bad[number] = self._bad.get(number, 0) + 1
        if self._bad[number] >= _TRIES:
            raise Different(
                f"part {number} did not come out of the relay `{self._relay}` as it was put there",
                cause=f"{one_line(why)} ({_TRIES} times)",
                hint="what has arrived is kept: run it again, or leave out --via, and it goes over ssh alone",
            )

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """End all threads at the end, and raise what one of them has failed of."""
        try:
            yield
        except ConnectionAbortedError:
            if self._failure is None:
                raise
            raise self._failure from None
        finally:
            self.over.set()

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        """For a thread: leave what it fails of to whoever waits for it."""
        try:
            yield
        except BaseException as exc:  # noqa: BLE001 - it is raised where the box is heard
            self._failure = self._failure or exc
            self.over.set()


def _version(path: Path) -> str:
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""


def _carried_files(plan: Plan) -> list[tuple[str, Write]]:
    """
    Return the files of a plan that are sent whole: those that the target has nothing of.

    What is there in another version, or behind something that has to go first, is left to the copy itself.
    """
    pairs = zip(plan.sources, plan.writes, strict=True)
    blocked = plan.in_the_way
    return [(name, one) for name, one in pairs if one.is_file and one.is_new and one.bytes and one.name not in blocked]
