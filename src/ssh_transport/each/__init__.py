"""A copy directory by directory: each in a session of its own, several at a time, what is complete skipped."""

from .result import Each, Outcome
from .run import each
from .threshold import size_bytes

__all__ = ["Each", "Outcome", "each", "size_bytes"]
