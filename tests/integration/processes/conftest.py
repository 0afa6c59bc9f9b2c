"""Processes for a test to stop: each carries the test's token, by which the teardown finds it, and no other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support.marked import VARIABLE, with_token
from tests.support.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def token(tmp_path: Path) -> Iterator[str]:
    """A word that no other process of this machine has; what has it is ended afterwards, each by its id."""
    made = f"token-{uuid4().hex}"
    yield made
    for _ in range(20):
        found = with_token(made)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.05)


@pytest.fixture
def runs(token: str, tmp_path: Path) -> Callable[..., int]:
    """Start a script as an orphan with the token in its command line; return its process id when it is ready."""

    def start(text: str, *words: str) -> int:
        script = tmp_path / f"{token}.sh"
        script.write_text(text)
        environment = os.environ | {VARIABLE: token}
        argv = ["sh", "-c", 'sh "$@" >/dev/null 2>&1 & echo $!', "sh", str(script), *words]
        said = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        until(Path(f"{script}.ready").exists)
        return int(said)

    return start
