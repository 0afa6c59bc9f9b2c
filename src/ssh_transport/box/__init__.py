"""
A remote box: its resolved name, its platform, its connection, and commands over it.

A `Box` also holds objects that depend on its connection (`kept`, `attach`) and closes them with it. Each kind of
traffic has one module: `shell` for commands and their text, `piped` for bytes in and out, `stream` for long output as
it arrives; `script` and `answer` are what all three go through, `carrier` is what all of it goes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from invoke import Context

    from .box import Box

__all__ = ["Box", "boxes"]


def boxes(c: Context, on: str = "") -> list[Box]:
    """Return the boxes of a task, as `box.boxes` says."""
    # `--list` needs none.
    from .box import boxes as boxes_of

    return boxes_of(c, on)


def __getattr__(name: str) -> Any:
    if name != "Box":
        raise AttributeError(name)
    from .box import Box

    return Box
