"""
What `ssh`, `sshd`, rsync, shells and the C library write on standard error, and the errors that it means.

`meaning` is the way from a text to an error; the tables are beside it, one for each part of the way to a box. A box may
send any text: lines are bounded, patterns are for one line, and the last line that means something decides.
"""

from __future__ import annotations

from .local import disk_error_of, error_of
from .meaning import Meaning, for_good, meaning

__all__ = ["Meaning", "disk_error_of", "error_of", "for_good", "meaning"]
