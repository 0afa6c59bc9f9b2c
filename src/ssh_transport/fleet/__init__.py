"""Runs one task on many boxes side by side: every box is tried, each prints one line, the worst exit code wins."""

from .fan_out import each, jobs, take_down, try_each

__all__ = ["each", "jobs", "take_down", "try_each"]
