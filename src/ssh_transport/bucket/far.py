"""The conversation with our program on a box: what is told goes by its standard input, what it says is checked."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any, Self

from ssh_transport import typed
from ssh_transport.box import python
from ssh_transport.box.answer import Answer, failed, started
from ssh_transport.errors import CommandFailed, ToolMissing
from ssh_transport.errors.translation import translated
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import shell_program, worker
from .said import Said
from .shell_talk import ShellTalk
from .worker.aes import TAG_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssh_transport.box import Box

_LINE_BYTES, _FILE_BYTES = 1 << 16, 64
_WITHOUT = "leave out --via, and it goes over ssh alone"


class Far:
    """
    The program on a box, for as long as the ``with`` lasts; several threads may tell it something.

    :param order: its order, see `worker`.
    :param is_over: whether nobody waits for it any more; what it says then ends with a `ConnectionAbortedError`.
    :ivar said: what it says; a `BoxError` if it fails.
    :ivar tag_bytes: how much longer a part is when it has sealed it.
    """

    def __init__(self, box: Box, order: Mapping[str, Any], is_over: Callable[[], bool]) -> None:
        self._box, self._order = box, order
        self._limit_bytes = _LINE_BYTES + _FILE_BYTES * len(order["files"])
        self._lock = threading.Lock()
        self._shell: ShellTalk | None = None
        self.tag_bytes = TAG_BYTES
        silence_s = TransferSettings.of(box.c).silence_s
        with translated(box.name):
            words = (worker.code(), "", *python.candidates(box))
            marker, self._session = started(box, shell_program.script(), words, None, silence_s)
        self._answer = self._checked(Answer(box, self._session, silence_s=silence_s, is_over=is_over), marker)
        self._heard = self._lines()
        self.said = self._understood()

    def tell(self, what: Mapping[str, Any]) -> None:
        """Tell it something."""
        self._feed(self._shell.tell(what) if self._shell else [json.dumps(what)])

    def begin(self, *, must_seal: bool) -> None:
        """
        Wait until it is there, and give it the order.

        :raises ToolMissing: the box has nothing that it could run by, or can't open what is sealed and must.
        """
        name = self._box.name
        first = next(self._heard, None)
        if first is None or first.lacks:
            what = f"`{name}` has no Python 3.6 or newer, and {one_line(first.lacks) if first else 'nothing else'}"
            raise ToolMissing(what, box=name, hint=f"install curl there, or {_WITHOUT}")
        if must_seal and not first.seals:
            lacks = "its openssl is missing or too old" if first.shell else "it has no libcrypto"
            hint = f"{_WITHOUT}; or, if nobody else reads the bucket, set `private: true` for the relay"
            raise ToolMissing(f"`{name}` can't open what is sealed: {lacks}", box=name, hint=hint)
        if first.shell:
            self._shell, self.tag_bytes = ShellTalk(self._order), 0
            self._feed(self._shell.begin())
        else:
            self.tell(self._order)

    def _feed(self, lines: Iterable[str]) -> None:
        with self._lock:
            self._session.feed("".join(f"{line}\n" for line in lines).encode("ascii"), last=False)

    def _understood(self) -> Iterator[Said]:
        for said in self._heard:
            if said.failed:
                raise CommandFailed(f"`{self._box.name}` failed", box=self._box.name, cause=one_line(said.failed))
            if self._shell is None:
                yield said
                continue
            meant, lines = self._shell.hear(said)
            if lines:
                self._feed(lines)
            if meant:
                yield meant

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
            return typed.read(line, Said)
        except ValueError as exc:
            what = f"`{self._box.name}` says what it was not asked for"
            raise CommandFailed(what, box=self._box.name, cause=one_line(str(exc))) from None

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._session.__exit__(None, None, None)


def told(name: str) -> str:
    """Return a name as the program has it: a character for each byte."""
    return os.fsencode(name).decode("latin-1")
