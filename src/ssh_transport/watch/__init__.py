"""Watching a directory that a training run writes to: what has stopped changing is pulled, whole, round by round."""

from .rules import Rules
from .run import watch
from .watched import Watched

__all__ = ["Rules", "Watched", "watch"]
