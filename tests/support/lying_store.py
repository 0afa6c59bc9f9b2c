"""A server of one object that does not do as it should."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import TracebackType

    Answer = Callable[["Asked", int], None]


class Asked(http.server.BaseHTTPRequestHandler):
    """A request; `server.lies` are the answers to give, the last one again and again."""

    server: _Server

    def do_GET(self) -> None:
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.server.asked.append(first)
        lies = self.server.lies
        lies[min(len(self.server.asked), len(lies)) - 1](self, first)

    def do_PUT(self) -> None:
        self.server.stored.append(self.rfile.read(int(self.headers["Content-Length"])))
        lies = self.server.lies
        lies[min(len(self.server.stored), len(lies)) - 1](self, 0)

    def says(self, status: int, body: bytes, length: int = 0, **headers: str) -> None:
        """Answer; with a `length` that is more than the body, the link is cut after that."""
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    lies: list[Answer]
    asked: list[int]
    stored: list[bytes]
    connections = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()


class _Keeping(Asked):
    """Keeps a connection for more requests."""

    protocol_version = "HTTP/1.1"


class LyingStore:
    """
    The server, in a `with`; ``asked`` is where each GET began, ``stored`` what each PUT brought.

    :param keeps: whether a connection serves several requests.
    """

    def __init__(self, *lies: Answer, keeps: bool = False) -> None:
        self._server = _Server(("127.0.0.1", 0), _Keeping if keeps else Asked)
        self._server.lies = list(lies)
        self.asked = self._server.asked = []
        self.stored = self._server.stored = []
        self.url = f"http://127.0.0.1:{self._server.server_port}/part?X-Amz-Signature=c0ffee"

    @property
    def connections(self) -> int:
        """How many there were."""
        return self._server.connections

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
