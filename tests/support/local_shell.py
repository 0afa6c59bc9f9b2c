"""A box that is this machine's own `sh` with another home: for what a script on a box finds there."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ssh_transport.box import Box

TIMEOUT_S = 60


class LocalShell:
    """Takes the place of `piped.run`; counts the round trips, and remembers what came back."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.path = os.environ["PATH"]
        self.said: list[bytes] = []
        monkeypatch.setattr("ssh_transport.box.piped.run", self._run)

    def _run(self, _: Box, script: str, *words: str, data: bytes = b"", limit_bytes: int, **__: Any) -> bytes:
        argv = [os.fsencode(word) for word in ("sh", "-c", script, "sh", *words)]
        environment = {"HOME": str(self.home), "PATH": self.path}
        done = subprocess.run(
            argv, input=data, capture_output=True, check=True, cwd=self.home, env=environment, timeout=TIMEOUT_S
        )
        assert len(done.stdout) <= limit_bytes
        self.said.append(done.stdout)
        return done.stdout
