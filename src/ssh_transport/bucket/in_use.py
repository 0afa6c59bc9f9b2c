"""Which parts in a relay commands of this user on this machine are using: who ends last takes them away."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .relay import Relay

_TICK_S = 0.1


class InUse:
    """
    The families of parts that one command uses; several threads may ask it one after another.

    Each is a file with a lock of flock(2): all who use a family share it, and who takes it away has it alone. A process
    that is killed lets go.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._held: dict[str, int] = {}

    def hold(self, family: str, tick: Callable[[], None]) -> None:
        """
        Use a family from now on; while another command takes it away, wait.

        :param tick: called while it waits.
        :raises LocalFileError: no directory of ours can be written.
        """
        if family in self._held:
            return
        handle = _opened(_path(self._relay, family))
        try:
            while not _locked(handle, fcntl.LOCK_SH):
                tick()
                time.sleep(_TICK_S)
        except BaseException:
            os.close(handle)
            raise
        self._held[family] = handle

    @contextlib.contextmanager
    def let_go(self) -> Iterator[list[str]]:
        """Use none any more; yield those that nobody else uses, and nobody begins to use within the ``with``."""
        held, self._held = self._held, {}
        try:
            # Of two that let go at once one is alone: flock(2) lets go of the old lock before it looks for the new one.
            yield [family for family, handle in sorted(held.items()) if _locked(handle, fcntl.LOCK_EX)]
        finally:
            for handle in held.values():
                os.close(handle)


@contextlib.contextmanager
def unused(relay: Relay, families: Iterable[str]) -> Iterator[set[str]]:
    """Yield those of these families that no command that runs now uses, nor begins to use within the ``with``."""
    with contextlib.ExitStack() as stack:
        free = set()
        for family in families:
            handle = _opened(_path(relay, family))
            stack.callback(os.close, handle)
            if _locked(handle, fcntl.LOCK_EX):
                free.add(family)
        yield free


def _path(relay: Relay, family: str) -> Path:
    # Without the endpoint: one server may have several names.
    name = sha256(f"{relay.url}\0{family}".encode()).hexdigest()[:32]
    return files.private_directory() / f"{name}.parts"


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
