"""Runs one task on many boxes: every box is tried, each prints one line, the highest exit code is returned."""

from .fan_out import each, take_down, try_each

__all__ = ["each", "take_down", "try_each"]
