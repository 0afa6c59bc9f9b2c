"""Answers a shell that completes a command line."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from invoke import Context

from . import shells
from .place import found
from .values import values

if TYPE_CHECKING:
    from invoke.program import Program

SHELL_VARIABLE = "SSH_TRANSPORT_COMPLETES"
SHELLS = ("bash", "zsh", "fish")
# The shell, and who types in it, wait so long.
_LONGEST_S = 5.0


def answer(program: Program) -> bool:
    """
    Print what may stand at the cursor; return whether it was asked for by a shell's function of ours.

    Whatever goes wrong, nothing is said: the line is not finished.
    """
    shell = os.environ.get(SHELL_VARIABLE, "")
    if shell not in SHELLS:
        return False
    late = threading.Timer(_LONGEST_S, os._exit, [0])
    late.daemon = True
    late.start()
    with contextlib.suppress(Exception):
        sys.stdout.write(_answer(program, shell))
        sys.stdout.flush()
    late.cancel()
    return True


def _answer(program: Program, shell: str) -> str:
    words = program.argv[program.argv.index("--") + 1 :]
    at = shells.typed(shell, words)
    contexts = {one.name: one for one in program.collection.to_contexts() if one.name}
    for task in program.collection.task_names.items():
        contexts |= dict.fromkeys(task[1], contexts[task[0]])
    place = found(at.words[1:] or [""], program.initial_context, contexts)
    candidates = (
        (place.kept + name, about) for name, about in values(place, program.collection, Context(program.config))
    )
    return shells.answer(shell, at, candidates, os.environ.get("COMP_WORDBREAKS", ""))
