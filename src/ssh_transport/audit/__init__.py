"""
Finds keys, logins, tokens and leftovers that should not be on a box or on this machine; only reads.

Two scripts run on the box: one reads the login user's files by name, one searches directories, bounded in depth, time
and bytes. They send only lines with a suspicious word and beginnings of files, each after a line with a token that no
file can contain. The content is classified here, by the same rules as in the guards of a push; a finding only has its
path and kind.
"""

from __future__ import annotations

from .finding import Finding
from .here import examine_here, unreachable
from .there import examine_box, secrets_on

__all__ = ["Finding", "examine_box", "examine_here", "secrets_on", "unreachable"]
