"""Text for a person: what a box sends never controls the terminal; sizes and counts in words."""

from __future__ import annotations

import unicodedata


def shown(text: str) -> str:
    r"""
    Return `text` with everything but printable characters and newlines escaped.

    Control characters, bidirectional overrides and undecodable bytes (surrogates) become ``\x1b``,
    ``\u202e`` and the like, so that a file name or a banner can't move the cursor or fake a line.
    """
    return "".join(
        char if char == "\n" or not _hostile(char) else char.encode("unicode_escape").decode() for char in text
    )


def one_line(text: str) -> str:
    """Return `text` as `shown`, newlines escaped as well: for names inside a sentence."""
    return shown(text).replace("\n", "\\n")


def size(count: float) -> str:
    """Return a byte count as people read it: ``1.5 GB``, in powers of 1000 as `rsync` and disk labels do."""
    for unit in ("B", "kB", "MB", "GB"):
        # What would be rounded up to 1000 belongs to the next unit.
        if abs(count) < 999.95:  # noqa: PLR2004
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 file``, ``5,000 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _hostile(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
