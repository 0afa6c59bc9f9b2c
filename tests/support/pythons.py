"""The Pythons of this machine: those on the PATH, and those that a version manager keeps beside the tests' own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_NEWEST = 20
# Where pyenv and uv keep them, one directory each.
_KEPT = (Path(sys.base_prefix).parent, Path.home() / ".pyenv" / "versions", Path.home() / ".local/share/uv/python")


def pythons(oldest: tuple[int, int]) -> dict[str, str]:
    """Return one of each minor version from the oldest on, by version; there is that of the tests at least."""
    names = [f"3.{minor}" for minor in range(oldest[1], _NEWEST)]
    found = {name: _found(f"python{name}") for name in names}
    own = f"3.{sys.version_info.minor}"
    return {name: path for name, path in (found | {own: sys.executable}).items() if path}


def _found(program: str) -> str | None:
    kept = (path for place in _KEPT if place.is_dir() for path in sorted(place.glob(f"*/bin/{program}")))
    return next((str(path) for path in kept), None) or shutil.which(program)
