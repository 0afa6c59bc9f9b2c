"""
A volume that boxes have mounted and that is a bucket too (RunPod's): files are stored and fetched here, with our key.

The service signs no addresses, takes no part above 500 MB, and lists slowly: objects are asked for by name alone
(https://docs.runpod.io/storage/s3-api).
"""

from __future__ import annotations

import os
import posixpath
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ssh_transport.box import piped
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.leftovers import RELAY_DIRECTORY
from ssh_transport.request.carried import Carried
from ssh_transport.request.landing import sources_root
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import trust
from .job import carried
from .store import Store
from .worker.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.engine import Plan

    from .keys import Keys
    from .relay import Relay

_AT_ONCE, _DIGITS = 3, 16
# A service may take a part of any length for one object, and so many of them.
_PART_BYTES, _MOST_PARTS, _MEGABYTE = 16 << 20, 9_000, 1 << 20
# Others are written in another way as keys; these files are left to the copy.
_PLAIN = re.compile(r"(?!.*(^|/)\.{0,2}(/|$))[A-Za-z0-9 _./=+,@-]+")
_LATEST_S = 7_000_000_000
# Reads two lines for each file: its time, and its name.
_TOUCH = """
cd -- "$1" || exit
while IFS= read -r time && IFS= read -r name; do
    [ -h "$name" ] || TZ=UTC0 touch -c -t "$time" -- "$name"
done
"""
_DAY_S = 86_400
_T = TypeVar("_T")


class Volume:
    """See `Via`, whose part it takes."""

    is_asked = True

    def __init__(self, relay: Relay, keys: Keys) -> None:
        self._relay = relay
        self._store = Store(relay, keys)
        self._is_checked = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the relay."""
        return self._relay.name

    def check(self) -> None:
        """Check that the bucket may be used; see `trust.check`."""
        with self._lock:
            if not self._is_checked:
                trust.check(self._store)
                self._is_checked = True

    def share(self, _: Sequence[Plan]) -> int:
        """Refuse: it is no way to many."""
        hint = "--via=NAME of a bucket, or leave it out"
        raise UsageError(f"`{self.name}` is one volume, not a way to many", hint=hint)

    def ahead(self, request: Request, plan: Plan, is_over: Callable[[], bool]) -> None:
        """Begin nothing: `share` is going to refuse."""

    def bring(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """
        Store what a plan sends whole under its own names, or fetch it; the copy finds it there.

        :raises UsageError: it is from box to box, or not on the volume.
        :raises TaskError: it stopped.
        """
        if request.is_between:
            raise UsageError(f"`{self.name}` is one volume, and both ends are boxes", hint="leave out --via")
        is_push = request.source.is_here
        key_root = self.key(plan.root if is_push else sources_root(request.source.path), request.box.name)
        files = [
            (name, target, size)
            for name, (size, target) in carried(plan).items()
            if _PLAIN.fullmatch(target if is_push else name)
        ]
        if not files:
            return None
        self.check()
        progress.total_bytes, progress.done_bytes = plan.bytes, 0
        lock = threading.Lock()

        def came(count: int) -> None:
            with lock:
                progress.done_bytes += count

        if is_push:
            source = Path(sources_root(request.source.path))
            times = [(source / name).stat().st_mtime_ns for name, *_ in files]

            def store(one: tuple[str, str, int]) -> None:
                name, target, _ = one
                self.store_file(source / name, posixpath.join(key_root, target), came)

            each(store, files, tick)
            self._touch(request, plan.root, [(time_ns, one[1]) for time_ns, one in zip(times, files, strict=True)])
        else:
            self.fetch(plan.root, key_root, files, came, tick)
        total = sum(size for *_, size in files)
        return Carried(self.name, len(files), len(files), total * is_push, total * (not is_push))

    def __call__(self, request: Request, plan: Plan, progress: Progress, tick: Callable[[], None]) -> Carried | None:
        """See `bring`."""
        return self.bring(request, plan, progress, tick)

    def clean(self) -> None:
        """Nothing is left of a copy: what was stored is the files themselves."""

    def keep(self) -> None:
        """Likewise."""

    def key(self, root: str, box: str) -> str:
        """
        Return a directory of the box as the bucket has it.

        :raises UsageError: it is not on the volume.
        """
        mount = posixpath.normpath(self._relay.mount)
        path = posixpath.normpath(root)
        if path != mount and not path.startswith(f"{mount}/"):
            what = f"`{root}` of `{box}` is not on the volume `{self.name}`"
            hint = f"a path below {mount}, or where it is mounted: relays.{self.name}.mount"
            raise UsageError(what, hint=hint)
        return posixpath.relpath(path, mount)

    def takes(self, key: str) -> bool:
        """Whether a name is written as it is in a key, and so known again."""
        return bool(_PLAIN.fullmatch(key.removeprefix("./")))

    def look(self, key: str) -> tuple[int, str] | None:
        """Return length and entity tag of an object; `None` if there is none."""
        return self._store.look(key.removeprefix("./"))

    def sizes(self, key: str) -> dict[str, int]:
        """Return how long each object below a key is, by its name below that; of an object itself the name is empty."""
        key = key.removeprefix("./")
        if found := self._store.look(key):
            return {"": found[0]}
        prefix = "" if key == "." else f"{key}/"
        return {one.removeprefix(prefix): size for one, size in self._store.sizes(prefix).items()}

    def holds(self, key: str) -> bool:
        """Whether a key is a directory that has something in it."""
        key = key.removeprefix("./")
        return key == "." or self._store.holds(f"{key}/")

    def part_bytes(self, size: int) -> int:
        """Return in which parts a file of such a length is stored."""
        return max(_PART_BYTES, -(-size // _MOST_PARTS // _MEGABYTE) * _MEGABYTE)

    def store_file(self, path: Path, key: str, came: Callable[[int], None]) -> None:
        """Store a file whole, and tell its length then."""
        size = path.stat().st_size
        self._store.put_file(key.removeprefix("./"), path, self.part_bytes(size))
        came(size)

    def _touch(self, request: Request, root: str, files: Sequence[tuple[int, str]]) -> None:
        """Give the files their times, by which the copy knows them; that is all that the box does."""
        lines = [
            f"{time.strftime('%Y%m%d%H%M.%S', time.gmtime(min(_LATEST_S, max(0, mtime_ns // 10**9))))}\n{name}\n"
            for mtime_ns, name in files
        ]
        silence_s = TransferSettings.of(request.box.c).silence_s
        data = "".join(lines).encode("ascii")
        piped.run(request.box, _TOUCH, root, data=data, limit_bytes=0, silence_s=silence_s, timeout_s=_DAY_S)

    def fetch(
        self,
        root: str,
        key_root: str,
        files: Sequence[tuple[str, str, int]],
        came: Callable[[int], None],
        tick: Callable[[], None],
    ) -> int:
        """
        Fetch files into a directory here: each with its name below the key, that below the directory, and length.

        Return how many have got their name; see `Staged.publish`.
        """
        now_ns = time.time_ns()
        told = [(os.fsencode(target), size, now_ns) for _, target, size in files]
        # Files are numbered in it: copies of others into the same directory have another.
        whose = sha256(b"\0".join(target for target, *_ in told)).hexdigest()[:_DIGITS]
        staged = Staged(os.fsencode(root), (os.fsencode(RELAY_DIRECTORY), f"{self.name}-{whose}".encode()), told)

        def fetch(one: tuple[int, str, int]) -> None:
            number, name, size = one
            key = posixpath.join(key_root, name).removeprefix("./")
            offset = 0
            # So that what is empty is there, too.
            staged.write([(number, 0, 0)], b"")
            for block in self._store.blocks(key):
                staged.write([(number, offset, len(block))], block)
                offset += len(block)
                came(len(block))
            if offset != size:
                raise Incomplete(f"`{one_line(name)}` is of another length on the volume `{self.name}` than on the box")

        each(fetch, [(number, name, size) for number, (name, _, size) in enumerate(files)], tick)
        named = staged.publish(frozenset())
        staged.close()
        return named


def each(act: Callable[[_T], None], items: Sequence[_T], tick: Callable[[], None]) -> None:
    """Do it with all, several at a time; raise what the first failed of."""
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        for done in as_completed([pool.submit(act, item) for item in items]):
            done.result()
            tick()
    finally:
        # The next attempt must not meet what this one has under way.
        pool.shutdown(cancel_futures=True)
