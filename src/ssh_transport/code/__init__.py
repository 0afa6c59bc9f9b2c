"""
Knows which code is on a box: what of a checkout was sent, and whether it is still there as it was sent.

`listing` is what was sent, name by name with hashes; `sent` what is known of it besides, and the form of both in the
files on the box (`place`); `there` asks a box.
"""

from .listing import Line, Listing
from .sent import Code

__all__ = ["Code", "Line", "Listing"]
