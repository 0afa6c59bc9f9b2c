"""The conversation with our program on a box: what is told goes by its standard input, what it says is checked."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec

from ssh_transport.box import python
from ssh_transport.box.answer import Answer, failed, started
from ssh_transport.errors import CommandFailed, ToolMissing
from ssh_transport.errors.translation import translated
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ssh_transport.box import Box

_LINE_BYTES, _FILE_BYTES = 1 << 16, 64
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_WITHOUT = "leave out --via, and it goes over ssh alone"


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """A line that the program says; `worker` tells which there are."""

    seals: bool | None = None
    files: list[tuple[_Count, int] | None] | None = None
    part: _Count | None = None
    bytes: _Count | None = None
    bad: str = ""
    length: _Count = 0
    sha: _Digest = "0" * 64
    plain: _Digest = "0" * 64
    at: _Count = 0
    named: _Count | None = None
    changed: list[_Count] | None = None


class Far:
    """
    The program on a box, for as long as the ``with`` lasts; several threads may tell it something.

    :param order: its order, see `worker`.
    :param is_over: whether nobody waits for it any more; what it says then ends with a `ConnectionAbortedError`.
    :ivar said: what it says; a `BoxError` if it fails.
    """

    def __init__(self, box: Box, order: Mapping[str, Any], is_over: Callable[[], bool]) -> None:
        self._box = box
        self._limit_bytes = _LINE_BYTES + _FILE_BYTES * len(order["files"])
        self._lock = threading.Lock()
        silence_s = TransferSettings.of(box.c).silence_s
        with translated(box.name):
            words = (worker.code(), "", *python.candidates(box))
            marker, self._session = started(box, python.SCRIPT, words, None, silence_s)
        self._answer = self._checked(Answer(box, self._session, silence_s=silence_s, is_over=is_over), marker)
        self.said = self._lines()
        self.tell(order)

    def tell(self, what: Mapping[str, Any]) -> None:
        """Tell it something."""
        with self._lock:
            self._session.feed(json.dumps(what).encode() + b"\n", last=False)

    def check(self, *, must_seal: bool) -> None:
        """
        Wait until it is there.

        :raises ToolMissing: the box has no Python, or can't open what is sealed and must.
        """
        first = next(self.said, None)
        if first is None:
            raise ToolMissing(f"`{self._box.name}` has no Python 3.6 or newer", box=self._box.name, hint=_WITHOUT)
        if must_seal and not first.seals:
            what = f"`{self._box.name}` can't open what is sealed: it has no libcrypto"
            hint = f"{_WITHOUT}; or, if nobody else reads the bucket, set `private: true` for the relay"
            raise ToolMissing(what, box=self._box.name, hint=hint)

    def _checked(self, answer: Answer, marker: str) -> Iterator[bytes]:
        code = yield from answer.after(marker)
        if code:
            raise failed(self._box, code, answer.stderr)

    def _lines(self) -> Iterator[Said]:
        rest = b""
        for chunk in self._answer:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield self._read(line)
            if len(rest) > self._limit_bytes:
                raise CommandFailed(f"`{self._box.name}` says more than it was asked for", box=self._box.name)

    def _read(self, line: bytes) -> Said:
        try:
            return msgspec.json.decode(line, type=Said)
        except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
            what = f"`{self._box.name}` says what it was not asked for"
            raise CommandFailed(what, box=self._box.name, cause=one_line(str(exc))) from None

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.__exit__(*_)


def told(name: str) -> str:
    """Return a name as the program has it: a character for each byte."""
    return os.fsencode(name).decode("latin-1")
