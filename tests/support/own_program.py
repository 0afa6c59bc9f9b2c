"""A program of a team's own, which calls the tasks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .person import Person

BEGIN = """
import os, signal, sys, threading, time
import fabric, invoke
from ssh_transport import errors
from ssh_transport.tasks import config, hygiene, keys, secrets, transfer
c = invoke.Context()
"""


def runs(person: Person, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the team's where the person is."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        cwd=person.home,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
