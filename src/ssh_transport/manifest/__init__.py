"""Manifests: both ends of a copy hashed at the same time and compared, and receipts of what arrived."""

from .between import prove_between
from .comparison import Comparison
from .ends import methods
from .proof import Proof, prove
from .receipt import Receipt
from .recheck import Recheck, recheck_here, recheck_there

__all__ = [
    "Comparison",
    "Proof",
    "Receipt",
    "Recheck",
    "methods",
    "prove",
    "prove_between",
    "recheck_here",
    "recheck_there",
]
