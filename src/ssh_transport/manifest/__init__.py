"""Manifests: both ends of a copy hashed at the same time and compared, and receipts of what arrived."""

from .comparison import Comparison
from .proof import Proof, prove
from .receipt import Receipt
from .recheck import Recheck, recheck_here, recheck_there

__all__ = ["Comparison", "Proof", "Receipt", "Recheck", "prove", "recheck_here", "recheck_there"]
