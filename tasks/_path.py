"""
Removes this directory from `sys.path`.

`inv` adds it instead of its parent (invoke#969), and `secrets.py` and `config.py` would be imported by libraries that
want other modules of these names.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _is_here(entry: str) -> bool:
    try:
        return Path(entry).resolve() == _HERE
    except FileNotFoundError:
        # The current directory is gone.
        return False


sys.path[:] = [entry for entry in sys.path if not _is_here(entry)]
