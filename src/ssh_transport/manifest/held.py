"""The listing of a source that is compared with many targets: made once, and read for each."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Self

from ssh_transport.box.stream import stream

from . import ends

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from ssh_transport.box import Box

    from .ends import Listing

_CHUNK_BYTES = 1 << 18


class Held:
    """What was listed, in files without a name; in a ``with``. Several threads may ask."""

    def __init__(self) -> None:
        self._files: dict[Hashable, IO[bytes]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def here(self, listing: Listing, algorithm: str) -> Iterator[Iterator[bytes]]:
        """As `ends.here`."""

        def list_now() -> Iterator[bytes]:
            with ends.here(listing, algorithm) as chunks:
                yield from chunks

        yield self._read((listing, algorithm), list_now)

    def there(self, box: Box, script: str, *words: str, silence_s: float) -> Iterator[bytes]:
        """As `stream`, for the script that lists."""
        return self._read((box.address, script, words), lambda: stream(box, script, *words, silence_s=silence_s))

    def _read(self, what: Hashable, list_now: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        with self._lock:
            lock = self._locks.setdefault(what, threading.Lock())
        with lock:
            file = self._files.get(what)
            if file is None:
                file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with all others
                try:
                    file.writelines(list_now())
                except BaseException:
                    file.close()
                    raise
                self._files[what] = file
        at = 0
        while True:
            with lock:
                file.seek(at)
                chunk = file.read(_CHUNK_BYTES)
            if not chunk:
                return
            at += len(chunk)
            yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
