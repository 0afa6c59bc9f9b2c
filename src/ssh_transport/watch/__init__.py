"""
Keeps pulling a directory that a training run writes to: only what has stopped changing, and whole.

`docs/watch.md` describes how.
"""

from .result import WatchResult
from .rules import Rules
from .run import watch

__all__ = ["Rules", "WatchResult", "watch"]
