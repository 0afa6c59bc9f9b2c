"""A server of one object that does not do as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .loopback_server import LoopbackServer, Requests

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Answer = Callable[["Asked", int], None]


class Asked(Requests):
    """A request; `server.lies` are the answers to give, the last one again and again."""

    server: LyingStore

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.server.asked.append(first)
        lies = self.server.lies
        lies[min(len(self.server.asked), len(lies)) - 1](self, first)

    def do_PUT(self) -> None:  # noqa: N802 - likewise
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


class _Keeping(Asked):
    """Keeps a connection for more requests."""

    protocol_version = "HTTP/1.1"


class LyingStore(LoopbackServer):
    """
    The server, in a `with`; ``asked`` is where each GET began, ``stored`` what each PUT brought.

    :param keeps: whether a connection serves several requests.
    :ivar connections: how many there were.
    """

    def __init__(self, *lies: Answer, keeps: bool = False) -> None:
        super().__init__(_Keeping if keeps else Asked)
        self.lies = list(lies)
        self.asked: list[int] = []
        self.stored: list[bytes] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.port}/part?X-Amz-Signature=c0ffee"

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()
