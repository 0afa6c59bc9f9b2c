"""
Take this directory off `sys.path`.

`inv` puts it there instead of its parent (invoke#969), where `secrets.py` and `config.py` would stand in for the
modules of those names that libraries import.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent

sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _HERE]
