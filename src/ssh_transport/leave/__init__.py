"""
Leaving a box: what is to be done before it is given back, in the order in which nothing can be lost.

The box itself is never destroyed from here.
"""

from .checklist import Checklist, Plan, Step, leave

__all__ = ["Checklist", "Plan", "Step", "leave"]
