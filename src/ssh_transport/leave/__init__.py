"""
The checklist before a box is given back.

First the copies are verified and the remaining files listed; only if nothing would be lost, secrets, key, alias and
host key are removed. The box itself is never destroyed from here.
"""

from .checklist import Checklist, Plan, Step, leave
from .relays import Relays

__all__ = ["Checklist", "Plan", "Relays", "Step", "leave"]
