"""SFTP requests, many under way at once, and the thread that reads their answers; any thread may ask."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING

from . import wire
from .wire import Fields, Kind, ProtocolError, Status

if TYPE_CHECKING:
    from ssh_transport.box.carrier.carrier import Pipe

_LONGEST_MESSAGE = 1000

_ERRNOS = {Status.NO_SUCH_FILE: errno.ENOENT, Status.PERMISSION_DENIED: errno.EACCES}

Answer = tuple[int, Fields]


class Requester:
    """
    Sends the requests of one SFTP session and hands each answer to the thread that waits for it.

    What asks or waits raises `OSError` for what the server refuses (`FileNotFoundError` and `PermissionError` where it
    says so), `ConnectionError` or `TimeoutError` when the link is gone, `ProtocolError` for a server that makes no
    sense.

    :param silence_s: how long the server may leave a request without any sign of life.
    :ivar extensions: the names of what the server can do beyond version 3.
    """

    def __init__(self, pipe: Pipe, *, silence_s: float) -> None:
        self._pipe = pipe
        self._silence_s = silence_s
        self._lock = threading.Lock()
        # Apart: who waits for a full pipe must not keep others from ending the session.
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[Answer]] = {}
        self._next = 0
        self._heard_s = time.monotonic()
        self._fault: Exception | None = None
        self.sent_bytes = self.received_bytes = 0
        self._hello: Future[Answer] = Future()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        try:
            self._listener.start()
            self.extensions = self._greet()
        except BaseException:
            self.close()
            raise

    @property
    def is_closed(self) -> bool:
        """Whether the session is over, whoever ended it."""
        return self._fault is not None

    @property
    def wire_bytes(self) -> int:
        """What was sent and received so far."""
        return self.sent_bytes + self.received_bytes

    def close(self) -> None:
        """End the session; whoever waits for an answer gets an error."""
        self._end(ConnectionAbortedError("the session was closed"))
        if self._listener.ident is None:
            # It never began, and can't give anything back.
            self._pipe.release()

    def ask(self, kind: Kind, payload: bytes) -> Future[Answer]:
        """Send a request; `answer` waits for what comes back."""
        future: Future[Answer] = Future()
        with self._lock:
            if self._fault:
                raise self._fault
            if not self._waiting:
                self._heard_s = time.monotonic()
            number = self._next
            self._next = (number + 1) % 2**32
            self._waiting[number] = future
        self._send(kind, wire.number(number) + payload)
        return future

    def answer(self, asked: Future[Answer]) -> Answer:
        """Wait for the answer to a request."""
        while True:
            try:
                return asked.result(max(0.01, self._heard_s + self._silence_s - time.monotonic()))
            except TimeoutError:
                if asked.done():
                    raise
                if time.monotonic() - self._heard_s >= self._silence_s:
                    self._end(TimeoutError(f"no answer came for {self._silence_s:.0f} s"))

    def done(self, asked: Future[Answer]) -> None:
        """Wait for a request that has no answer but success."""
        kind, fields = self.answer(asked)
        if kind != Kind.STATUS:
            raise ProtocolError(f"an answer of type {kind} came where a status was due")
        _check(fields)

    def wanted(self, kind: Kind, asked: Future[Answer]) -> Fields:
        """Return the answer, of the type `kind`."""
        fields = self.wanted_or_end(kind, asked)
        if fields is None:
            raise ProtocolError("the end of a file came where something else was asked for")
        return fields

    def wanted_or_end(self, kind: Kind, asked: Future[Answer]) -> Fields | None:
        """Return the answer; `None` at the end of a file or directory."""
        got, fields = self.answer(asked)
        if got == kind:
            return fields
        if got != Kind.STATUS:
            raise ProtocolError(f"an answer of type {got} came where one of type {int(kind)} was due")
        if _check(fields) == Status.EOF:
            return None
        raise ProtocolError("success came where an answer was due")

    def _greet(self) -> frozenset[bytes]:
        self._send(Kind.INIT, wire.number(wire.VERSION))
        _, fields = self.answer(self._hello)
        if fields.number() < wire.VERSION:
            raise ProtocolError(f"the server is older than SFTP version {wire.VERSION}")
        names = set()
        while fields:
            names.add(fields.string())
            fields.view()
        return frozenset(names)

    def _send(self, kind: Kind, payload: bytes) -> None:
        packet = b"".join((wire.number(len(payload) + 1), bytes([kind]), payload))
        try:
            with self._sending:
                self._pipe.send(packet)
                self.sent_bytes += len(packet)
        except (OSError, ValueError) as exc:
            self._end(exc if isinstance(exc, TimeoutError) else self._pipe.why())
            raise self._fault or exc from exc

    def _listen(self) -> None:
        try:
            while head := self._pipe.receive(4):
                length = wire.length(head)
                packet = self._pipe.receive(length)
                if len(packet) < length:
                    break
                self._heard_s = time.monotonic()
                self.received_bytes += 4 + length
                self._deliver(packet)
            self._end(self._pipe.why())
        except Exception as exc:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._end(exc)
        finally:
            self._pipe.release()

    def _deliver(self, packet: bytes) -> None:
        kind, fields = packet[0], Fields(memoryview(packet)[1:])
        if kind == Kind.VERSION and not self._hello.done():
            future: Future[Answer] | None = self._hello
        else:
            future = self._waiting.pop(fields.number(), None)
        if future is None:
            raise ProtocolError("an answer came to what nobody asked")
        # The session may have ended at this moment, and have told it so.
        with contextlib.suppress(InvalidStateError):
            future.set_result((kind, fields))

    def _end(self, fault: Exception) -> None:
        """Let everyone who waits, and everyone who asks from now on, hear the fault; the first one stays."""
        with self._lock:
            first, self._fault = self._fault is None, self._fault or fault
            waiting, self._waiting = list(self._waiting.values()), {}
        try:
            if first:
                self._pipe.close()
        finally:
            for future in (*waiting, self._hello):
                # An answer may have been on its way to it.
                with contextlib.suppress(InvalidStateError):
                    future.set_exception(self._fault)


def _check(fields: Fields) -> int:
    """Return success or the end; raise what else a status says."""
    code = fields.number()
    if code in {Status.OK, Status.EOF}:
        return code
    message = fields.string()[:_LONGEST_MESSAGE].decode("utf-8", "replace") if fields else ""
    raise OSError(_ERRNOS.get(Status(code), 0) if code in set(Status) else 0, message or f"status {code}")
