"""A bucket of a real server on loopback, with the keys that open it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import uuid4

if TYPE_CHECKING:
    from types import TracebackType

    from .certificate import Certified

NAME = "runs"
KEY_ID = "AKIDCANARY0123456789"
_STARTS_WITHIN_S = 30
_UNFINISHED = ".rclone_temp_put_"


class Bucket:
    """
    `rclone serve s3` over a directory, for as long as the ``with`` lasts; ``files`` are its objects.

    :param certified: for https.
    :param under: the words of a program that starts it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        is_open: bool = False,
        address: str = "127.0.0.1",
        certified: Certified | None = None,
        under: tuple[str, ...] = (),
    ) -> None:
        self.files = directory / NAME
        self.files.mkdir(parents=True)
        # Each has its own: tests beside one that looks for it have it, too.
        self.secret = f"canary{uuid4().hex}"
        self._key = "" if is_open else f"{KEY_ID},{self.secret}"
        self._address, self._certified, self._under = address, certified, under
        self._directory = directory
        self._process: subprocess.Popen[bytes]
        self.port = 0

    @property
    def settings(self) -> str:
        """What a person writes into their settings; more may follow."""
        endpoint = f"http{'s' if self._certified else ''}://{self._address}:{self.port}"
        return f"relays:\n  lab:\n    url: s3://{NAME}/of/mine\n    endpoint: {endpoint}\n"

    @property
    def environment(self) -> dict[str, str]:
        """What opens it."""
        trusted = {"SSL_CERT_FILE": str(self._certified.authority)} if self._certified else {}
        return {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": self.secret, **trusted}

    @property
    def objects(self) -> list[Path]:
        """The objects in it."""
        found = [Path(directory, name) for directory, _, names in os.walk(self.files) for name in names]
        return [path for path in found if not path.name.startswith(_UNFINISHED)]

    @property
    def sizes(self) -> list[int]:
        """How long each object is; some may come and go meanwhile."""
        found = []
        for path in self.objects:
            with contextlib.suppress(FileNotFoundError):
                found.append(path.stat().st_size)
        return found

    def __enter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        rclone = str(Path(sys.executable).parent / "rclone")
        argv = [*self._under, rclone, "serve", "s3", "--addr", f"{self._address}:{self.port}", str(self._directory)]
        if self._certified:
            argv += ["--cert", str(self._certified.shown), "--key", str(self._certified.key)]
        argv += ["--auth-key", self._key] if self._key else []
        self._process = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        until_s = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > until_s or self._process.poll() is not None:
                raise RuntimeError("rclone does not serve")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        check = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 0.2)"
        if self._under:
            argv = [*self._under, sys.executable, "-c", check, self._address, str(self.port)]
            return subprocess.run(argv, stderr=subprocess.DEVNULL, check=False).returncode == 0
        try:
            socket.create_connection((self._address, self.port), 0.2).close()
        except OSError:
            time.sleep(0.02)
            return False
        return True
