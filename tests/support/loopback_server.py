"""An HTTP server on loopback, in a thread of this process."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Requests(http.server.BaseHTTPRequestHandler):
    """What answers a request; nothing is logged."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class LoopbackServer(http.server.ThreadingHTTPServer):
    """In a `with`."""

    daemon_threads = True

    def __init__(self, handler: type[Requests]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_port

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
