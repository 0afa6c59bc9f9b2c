"""
The program that each box of a spread runs: it cuts files into pieces, passes pieces on, and makes files whole.

Its modules run on a box's Python 3.6 and import nothing of `ssh_transport` but each other. File names are bytes, told
as latin-1.
"""

from __future__ import annotations

from pathlib import Path

from ssh_transport.box.python import one_text

from .relay import CHILD_FAILED

__all__ = ["CHILD_FAILED", "MODULES", "code"]

MODULES = ("pieces", "place", "relay", "main")


def code() -> str:
    """Return the program as one text."""
    return one_text(Path(__file__).parent, MODULES)
