"""A person at a terminal, who answers what is asked."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
from typing import TYPE_CHECKING

from .person import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .person import Person


def answers(
    person: Person, words: Sequence[str], prompt: str, *typed: str, env: Mapping[str, str] | None = None
) -> Said:
    """
    Run a command line at a terminal that shows what it does not hide, to its end.

    :param prompt: after which each of `typed` is typed, in turn.
    :param env: instead of the person's own environment.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", *person.argv(*words)],
        cwd=person.home,
        env=env or person.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as program:
        os.close(theirs)
        shown = b""
        # A terminal without a program fails: EIO, pty(7).
        with contextlib.suppress(OSError):
            for asked, line in enumerate(typed, 1):
                while shown.count(prompt.encode()) < asked:
                    shown += os.read(ours, 1 << 12)
                os.write(ours, f"{line}\n".encode())
            while piece := os.read(ours, 1 << 12):
                shown += piece
    os.close(ours)
    return Said(shown.decode(), "", program.returncode)
