"""
Lists and hashes both ends of a copy at the same time, compares them, and writes receipts.

`docs/comparison.md` describes how.
"""

from .between import verify_between
from .comparison import Comparison
from .ends import check, methods
from .held import Held
from .receipt import Receipt
from .recheck import Recheck, Rechecks, recheck_here, recheck_there
from .verification import Verification, verify

__all__ = [
    "Comparison",
    "Held",
    "Receipt",
    "Recheck",
    "Rechecks",
    "Verification",
    "check",
    "methods",
    "recheck_here",
    "recheck_there",
    "verify",
    "verify_between",
]
