"""A session whose shell takes script after script: each then costs one round trip, and no session of its own."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from .carrier import ends_within
from .fed import Fed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .program import Start

# Nowhere else in what stands before the exit code, and seldom at the end of what a script says: a record separator.
END = b"\x1e"
_CODE = re.compile(rb"(\d{1,3})\n")
_CODE_BYTES = 4
_LAST_WORDS_S, _GOODBYE_S = 0.5, 2


class Resting(Fed):
    """
    See `Session`.

    :param rests: called where it is left once a script has ended in it, and could take another; returns whether it is
        to stay. Without it, none can.
    :ivar has_begun: whether its shell is known to be there.
    """

    def __init__(self, start: Start, rests: Callable[[Resting], bool] | None) -> None:
        self._rests = rests
        self.has_begun = False
        self._end = b""
        self._code: int | None = None
        self._is_told = threading.Event()
        super().__init__(start)

    def outlives(self, token: str) -> bool:
        """See `Session`."""
        if self._rests is None:
            return False
        self._end, self._code = END + token.encode(), None
        self._is_told.clear()
        return True

    def pieces(self, every_s: float | None) -> Iterator[bytes]:
        """See `Session`."""
        if not self._end:
            yield from super().pieces(every_s)
            return
        held = b""
        for piece in super().pieces(every_s):
            said, found, told = (held + piece).partition(self._end)
            if found and (code := _CODE.fullmatch(told)):
                yield from filter(None, [said])
                self._code = int(code[1])
                return
            # What comes behind the end is no answer to this script, and none to the next.
            if found and len(told) >= _CODE_BYTES:
                return
            held = self._end + told if found else _beginning(said, self._end)
            yield said if found else said.removesuffix(held)
        yield from filter(None, [held])

    def wait(self) -> int:
        """See `Session`."""
        if self._code is None:
            return super().wait()
        self._is_told.wait(_LAST_WORDS_S)
        return self._code

    @property
    def stderr(self) -> str:
        """See `Session`."""
        said = super().stderr
        return said.partition(self._end.decode())[0].strip() if self._end else said

    def hear(self, chunk: bytes) -> None:
        """See `Process`."""
        super().hear(chunk)
        if self._end and self._end in self._stderr:
            self._is_told.set()

    def begins_within(self, seconds: float) -> bool:
        """See `Process`."""
        self.has_begun = super().begins_within(seconds)
        return self.has_begun

    def end(self) -> None:
        """End it, whether or not it could take another script."""
        super().__exit__()

    def __exit__(self, *exc: object) -> None:
        is_whole = self._code is not None and self._is_told.is_set() and not self._is_stopped
        if self._rests is None or not is_whole or not self.is_running:
            self.end()
            return
        self._leave()
        self._end, self._code = b"", None
        self._stderr.clear()
        if not self._rests(self):
            # Its shell has ended then, and the box counts it no more.
            self.feed(b"", last=True)
            ends_within(self, _GOODBYE_S)
            self.end()


def _beginning(said: bytes, end: bytes) -> bytes:
    """Return the end of what was said, where that may be the beginning of the end."""
    begins = said.rfind(END, -len(end))
    return said[begins:] if begins >= 0 and end.startswith(said[begins:]) else b""
