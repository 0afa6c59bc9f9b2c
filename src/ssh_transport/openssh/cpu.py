"""The processor of this machine."""

from __future__ import annotations

import platform
import re
from pathlib import Path


def has_aes() -> bool:
    """Whether AES runs in hardware; without `/proc/cpuinfo`, whether it usually does on this architecture."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine() in {"arm64", "x86_64"}
    return bool(re.search(r"^(?:flags|Features)\s*:.*\baes\b", flags, re.MULTILINE))
