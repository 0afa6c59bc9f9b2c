"""What carrying a copy in either direction has in common: which files, and who is told how far it is."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import Different
from ssh_transport.request.landing import sources_root
from ssh_transport.text import one_line

from . import filed
from .parts import cut, part_bytes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Plan

    from .parts import Part

# Of a part that came as something else, by way of a cache for example.
_TRIES = 3
_ID_DIGITS = 24


class Moved:
    """What a copy has stored and fetched, in all its attempts; several threads may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.up_bytes = self.down_bytes = 0

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.up_bytes + self.down_bytes

    def up(self, count: int) -> None:
        """Note that so many bytes were stored."""
        with self._lock:
            self.up_bytes += count

    def down(self, count: int) -> None:
        """Note that so many bytes were fetched."""
        with self._lock:
            self.down_bytes += count


@dataclass(frozen=True)
class Carry:
    """A file that is carried: its name at the source, what is planned of it, and its name at the target if needed."""

    name: str
    bytes: int
    target: str | None


class Job:
    """
    The files of a plan that a relay carries.

    :param tick: called whenever `progress` changed.
    :param together: the sizes of what any of several targets lacks, by the name at the source; each is told of the
        same parts, and takes what it lacks itself.
    :ivar root: the directory that the names at the target are below.
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
        together: Mapping[str, int] | None = None,
    ) -> None:
        self.request = request
        self.root = plan.root
        self.moved = moved
        own = carried(plan)
        sizes = together if together is not None else {name: size for name, (size, _) in own.items()}
        self.files = [Carry(name, size, _target(own.get(name), size)) for name, size in sizes.items()]
        self.over = threading.Event()
        self.tick = tick
        self._relay = relay
        self._progress = progress
        self._bad: dict[int, int] = {}
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    @property
    def needed(self) -> int:
        """How many files the target lacks."""
        return sum(one.target is not None for one in self.files)

    @property
    def source_root(self) -> str:
        """The directory that the names at the source are below."""
        return sources_root(self.request.source.path)

    @property
    def part_bytes(self) -> int:
        """How large its parts are."""
        return part_bytes_of(sum(one.bytes for one in self.files))

    @functools.cached_property
    def family(self) -> str:
        """What all copies of one source are filed under, whatever they carry of it."""
        end = self.request.source
        return filed.family(end.box.carrier.host_key.fingerprint if end.box else "", end.path)

    @functools.cached_property
    def copy(self) -> str:
        """
        What the parts of this copy are filed under, below that: the same for a later run, and for all of several boxes.

        It is also what files are put together under, and so another for every machine and version that is pushed.
        """
        known = sha256(os.fsencode(f"{self.part_bytes}\0{self.family}"))
        for one in self.files:
            version = "" if self.request.source.box else _version(Path(self.source_root, one.name))
            known.update(os.fsencode(f"\0{one.name}\0{one.bytes}\0{version}"))
        return known.hexdigest()[:_ID_DIGITS]

    def parts(self, without: Collection[int]) -> list[Part]:
        """Cut all but the files of these numbers into parts; return those that the target lacks anything of."""
        sizes = (0 if n in without else one.bytes for n, one in enumerate(self.files))
        return [part for part in cut(sizes, self.part_bytes) if self._needed_bytes(part)]

    def came(self, part: Part) -> None:
        """Note that a part is at the target."""
        with self._lock:
            self._progress.done_bytes += self._needed_bytes(part)

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

    def _needed_bytes(self, part: Part) -> int:
        return sum(length for number, _, length in part.slices if self.files[number].target is not None)

    def failing(self, act: Callable[[], None]) -> None:
        """Leave what it fails of to whoever waits for it."""
        try:
            act()
        except BaseException as exc:  # noqa: BLE001 - it is raised where the box is heard
            self._failure = self._failure or exc
            self.over.set()


def _version(path: Path) -> str:
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""


def carried(plan: Plan) -> dict[str, tuple[int, str]]:
    """
    Return the files of a plan that are sent whole, those that the target has nothing of: size and name at the target,
    by their names at the source.

    What is there in another version, or behind something that has to go first, is left to the copy itself.
    """
    pairs = zip(plan.sources, plan.writes, strict=True)
    blocked = plan.in_the_way
    return {
        name: (one.bytes, one.name)
        for name, one in pairs
        if one.is_file and one.is_new and one.bytes and one.name not in blocked
    }


def _target(own: tuple[int, str] | None, size: int) -> str | None:
    return own[1] if own and own[0] == size else None
