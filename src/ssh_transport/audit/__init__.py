"""The audit: what should not be on a box, or on this machine; only reads."""

from __future__ import annotations

from .finding import Finding
from .here import examine_here, unreached
from .there import examine_box

__all__ = ["Finding", "examine_box", "examine_here", "unreached"]
