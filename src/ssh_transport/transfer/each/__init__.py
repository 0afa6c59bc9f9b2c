"""Copies of what a directory holds: a session for each directory in it, several at a time."""

from .result import Each, Outcome
from .run import each
from .threshold import size_bytes

__all__ = ["Each", "Outcome", "each", "size_bytes"]
