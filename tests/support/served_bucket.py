"""Programs that serve a bucket on loopback: what servers other than `bucket.Bucket` have in common."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import uuid4

if TYPE_CHECKING:
    from types import TracebackType

_NAME = "runs"
_MAKE = """\
import sys
import boto3
url, name, key_id, secret = sys.argv[1:]
told = {"region_name": "us-east-1", "aws_access_key_id": key_id, "aws_secret_access_key": secret}
boto3.client("s3", endpoint_url=url, **told).create_bucket(Bucket=name)
"""
_STARTS_WITHIN_S = 60
_POLL_S = 0.05


class ServedBucket:
    """
    A bucket, for as long as the ``with`` lasts.

    :ivar place: a directory of its own.
    """

    key_id = "AKIDCANARY0123456789"

    def __init__(self, place: Path) -> None:
        place.mkdir()
        self.place = place
        self.secret = f"canary{uuid4().hex}"
        self.port = 0
        self._running = contextlib.ExitStack()

    @property
    def settings(self) -> str:
        """What a person writes into their settings; more may follow."""
        return f"relays:\n  lab:\n    url: s3://{_NAME}/of/mine\n    endpoint: http://127.0.0.1:{self.port}\n"

    @property
    def environment(self) -> dict[str, str]:
        """What opens it."""
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}

    def starts(self, port: int, program: str, *words: str) -> None:
        """Start what is installed beside the Python that runs the tests, and wait until it serves."""
        argv = [str(Path(sys.executable).with_name(program)), *words]
        path = self.place / f"{program}.log"
        log = self._running.enter_context(path.open("wb"))
        process = subprocess.Popen(argv, stdout=log, stderr=log)
        self._running.callback(process.wait)
        self._running.callback(process.terminate)
        until_s = time.monotonic() + _STARTS_WITHIN_S
        while not _answers(port):
            if time.monotonic() > until_s or process.poll() is not None:
                self._running.close()
                raise RuntimeError(f"{program} does not serve: {path.read_text()}")
            time.sleep(_POLL_S)

    def makes_bucket(self) -> None:
        """Make the bucket, with its key."""
        words = (f"http://127.0.0.1:{self.port}", _NAME, self.key_id, self.secret)
        subprocess.run([sys.executable, "-c", _MAKE, *words], check=True)

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._running.close()


class Moto(ServedBucket):
    """moto, which checks checksums and conditions, but no signature: it takes any, and none only for what is public."""

    def __enter__(self) -> Self:
        (self.port,) = free_ports(1)
        self.starts(self.port, "moto_server", "-p", str(self.port))
        self.makes_bucket()
        return self


def free_ports(number: int) -> list[int]:
    """Return ports on which nobody listens."""
    with contextlib.ExitStack() as stack:
        free = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in free]


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
