"""What stands before the bucket of a volume: as RunPod's, it signs no addresses and takes no long parts."""

from __future__ import annotations

import http.client
import http.server
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_DROPPED = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class _Asked(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Take requests of all kinds alike."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "X-Amz-Signature" in self.path:
            self._say(400, b"<Error><Code>InvalidRequest</Code><Message>no presigned URLs</Message></Error>")
            return
        if len(body) > self.server.limit_bytes:
            self._say(413, b"<Error><Code>EntityTooLarge</Code><Message>too large</Message></Error>")
            return
        self.server.longest_bytes = max(self.server.longest_bytes, len(body))
        self.server.listings += "list-type" in self.path or "prefix=" in self.path
        far = http.client.HTTPConnection("127.0.0.1", self.server.port)
        far.request(self.command, self.path, body, dict(self.headers.items()))
        answer = far.getresponse()
        data = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _DROPPED}
        self._say(answer.status, data, headers)
        far.close()

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    port = limit_bytes = longest_bytes = listings = 0


class VolumeDoor:
    """
    In a `with`; ``longest_bytes`` is the longest request so far, ``listings`` how often names were asked for.

    :param port: of the bucket behind it.
    """

    def __init__(self, port: int, limit_bytes: int) -> None:
        self._server = _Server(("127.0.0.1", 0), _Asked)
        self._server.port, self._server.limit_bytes = port, limit_bytes
        self.port = self._server.server_port

    @property
    def longest_bytes(self) -> int:
        return self._server.longest_bytes

    @property
    def listings(self) -> int:
        return self._server.listings

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
