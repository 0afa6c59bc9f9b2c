"""The flags of a whole command line, as help, completion and the manual tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

BEHIND = {
    "--jobs=N": "How many boxes of a task run at once; 1 takes one after another (default: fleet.jobs)",
    "--keep-going": "Leave out a box that failed, and go through all tasks with the others",
    "--stop-on-error": "Begin with no further box once one has failed",
    "--quiet": "Say only errors, warnings and results",
    "--log-file=FILE": "Write what is said to a file, too",
    "--wait-for-lock": "Wait for another run at the same work, instead of ending with 32",
}
BEFORE = {
    "-H BOX,BOX": "The boxes of all tasks that have no --on",
    "--debug": "Say where an error comes from, with the traceback",
    "-R": "Change nothing: the dry run of every task that has one",
}
_OF_BOXES = ("--jobs=N", "--keep-going", "--stop-on-error")


def behind(flags: Collection[str], *, for_boxes: bool) -> dict[str, str]:
    """
    Return those that may stand behind a task and mean something to it, with a sentence each.

    :param flags: the task's own, which count before them.
    """
    found = {word: about for word, about in BEHIND.items() if for_boxes or word not in _OF_BOXES}
    return {word: about for word, about in found.items() if word.partition("=")[0] not in flags}


def about(flag: str) -> str:
    """Return the sentence of a flag without its value."""
    return next(said for word, said in BEHIND.items() if word.partition("=")[0] == flag)
