"""What stands before the bucket of a volume: as RunPod's, it signs no addresses and takes no long parts."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from .loopback_server import LoopbackServer, Requests

if TYPE_CHECKING:
    from collections.abc import Callable

_DROPPED = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class _Asked(Requests):
    protocol_version = "HTTP/1.1"
    server: VolumeDoor

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
        far = http.client.HTTPConnection("127.0.0.1", self.server.far_port)
        far.request(self.command, self.path, body, dict(self.headers.items()))
        answer = far.getresponse()
        data = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _DROPPED}
        if self.server.tags_its_own_way and self.command == "HEAD":
            headers = {name: value if name.lower() != "etag" else '"v1"' for name, value in headers.items()}
        # What is asked for by HEAD is told, and not sent.
        self._say(answer.status, data, headers, int(answer.getheader("Content-Length") or len(data)))
        far.close()

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int = 0) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class VolumeDoor(LoopbackServer):
    """
    In a `with`; ``longest_bytes`` is the longest request so far, ``listings`` how often names were asked for;
    ``tags_its_own_way`` has entity tags be no digest.

    :param far_port: of the bucket behind it.
    """

    def __init__(self, far_port: int, limit_bytes: int) -> None:
        super().__init__(_Asked)
        self.far_port, self.limit_bytes = far_port, limit_bytes
        self.longest_bytes = self.listings = 0
        self.tags_its_own_way = False
