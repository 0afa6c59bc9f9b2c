"""
A remote box: its resolved name, its platform, its connection, and commands over it.

A `Box` also holds objects that depend on its connection (`kept`, `attach`) and closes them with it. Each kind of
traffic has one module: `shell` for commands and their text, `piped` for bytes in and out, `stream` for long output as
it arrives; `script` and `answer` are what all three go through, `carrier` is what all of it goes over.
"""

from .box import Box, boxes

__all__ = ["Box", "boxes"]
