"""Processes with a test's token in their environment, by which they are found, and no others."""

from __future__ import annotations

import contextlib
from pathlib import Path

VARIABLE = "SSH_TRANSPORT_TEST"


def with_token(token: str) -> list[int]:
    """Return what runs with the token in its environment, zombies apart, which have none."""
    wanted, found = f"{VARIABLE}={token}\0".encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in path.read_bytes() + b"\0":
                found.append(int(path.parent.name))
    return found
