"""Whose an exception is: ours to put into words, or one that belongs to whoever called us, or was called by us."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

_OUR_ROOM = Path(__file__).resolve().parents[1]
# In a checkout the tasks are beside the library; in the wheel they are in it.
_OUR_PLACES = tuple(f"{place}/" for place in (_OUR_ROOM, _OUR_ROOM.parents[1] / "tasks"))
# They run every task, the team's too.
_RUNNERS = tuple(str(_OUR_ROOM / "terminal" / f"{name}.py") for name in ("executor", "command_line", "signals"))
_LIBRARIES = frozenset(
    ("cryptography", "fabric", "filelock", "invoke", "keyring", "msgspec", "paramiko", "patchwork", "rich", "yaml")
)
_STDLIB = str(Path(traceback.__file__).parent)
_PROGRAM = "invoke.program"


def is_foreign(exc: BaseException) -> bool:
    """
    Whether code raised it that is neither ours nor of a library that works for us.

    Such is a team's own task, a callback that was handed in, or a signal handler that ran while we did.
    """
    for frame, _ in reversed(list(traceback.walk_tb(exc.__traceback__))):
        file, module = frame.f_code.co_filename, frame.f_globals.get("__name__", "").partition(".")[0]
        if frame.f_globals.get("__name__") == _PROGRAM:
            # What started it is nobody's.
            return False
        if file in _RUNNERS:
            continue
        if file.startswith(_OUR_PLACES):
            return False
        is_python_s_own = module in sys.stdlib_module_names and file.startswith((_STDLIB, "<frozen "))
        if module not in _LIBRARIES and not is_python_s_own:
            return True
    return False
