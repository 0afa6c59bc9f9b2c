"""
Lists and hashes both ends of a copy at the same time, compares them, and writes receipts.

`docs/comparison.md` describes how.
"""

from .between import verify_between
from .comparison import Comparison
from .ends import methods
from .receipt import Receipt
from .recheck import Recheck, Rechecks, recheck_here, recheck_there
from .verification import Verification, verify

__all__ = [
    "Comparison",
    "Receipt",
    "Recheck",
    "Rechecks",
    "Verification",
    "methods",
    "recheck_here",
    "recheck_there",
    "verify",
    "verify_between",
]
