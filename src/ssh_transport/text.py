"""Text for a person: what a box sends never controls the terminal; sizes and counts in words."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

_COLOURS = {"ok": "32", "warning": "33", "warning:": "33", "failure": "1;31", "error:": "1;31", "hint:": "36"}
_TAKES_ES, _TAKES_IES = re.compile(r"(?:s|x|z|ch|sh)$"), re.compile(r"[^aeiou]y$")
# At the beginning of a line, also behind the name of a box; a verdict in a table is at the end.
_MARK = re.compile(
    r"^(?P<before> *(?:[^\s:]+: )?)(?P<word>(?:ok|warning|failure)(?=  )|(?:error|warning|hint):(?=\s))|(?<=  )ok$",
    re.MULTILINE,
)


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
    """Return a number with its noun: ``1 file``, ``5,000 files``, ``2 boxes``, ``0 directories``."""
    if number == 1:
        return f"{number} {noun}"
    if _TAKES_ES.search(noun):
        return f"{number:,} {noun}es"
    return f"{number:,} {noun[:-1]}ies" if _TAKES_IES.search(noun) else f"{number:,} {noun}s"


def are(number: int) -> str:
    """Return the verb that goes with a number."""
    return "is" if number == 1 else "are"


def every_file(number: int, held_bytes: int) -> str:
    """Return all files of a path, as a subject: ``all 5 files (2.0 MB) under it``, ``the one file (12 B)``."""
    held = f"({size(held_bytes)})"
    return f"the one file {held}" if number == 1 else f"all {count(number, 'file')} {held} under it"


def coloured(text: str, stream: TextIO | None) -> str:
    """
    Return a text with the words in colour by which its lines are told apart, if the stream is a terminal.

    ``NO_COLOR`` and ``FORCE_COLOR`` overrule that: no-color.org, force-color.org.
    """
    if not stream or not _shows_colours(stream):
        return text
    return _MARK.sub(_painted, text)


def _painted(found: re.Match[str]) -> str:
    word = found["word"] or found[0]
    return f"{found['before'] or ''}\x1b[{_COLOURS[word]}m{word}\x1b[0m"


def _shows_colours(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM", "dumb") not in {"dumb", "unknown"} and stream.isatty()


def did_you_mean(word: str, known: Iterable[str], most: int = 1, least_alike: float = 0.6, *, before: str = "") -> str:
    """
    Return a question with what is known and close to a word, and a space behind it; empty if nothing is.

    Capital letters are like small ones.

    :param before: what stands before each of them where it is written: the section of a setting.
    """
    near = alike(word, known, most, least_alike)
    return f"did you mean {', '.join(f'{before}{one}' for one in near)}? " if near else ""


def alike(word: str, known: Iterable[str], most: int = 1, least_alike: float = 0.6) -> list[str]:
    """Return what is known and close to a word, the closest first. Capital letters are like small ones."""
    written: dict[str, list[str]] = {}
    for one in known:
        written.setdefault(one.casefold(), []).append(one)
    near = difflib.get_close_matches(word.casefold(), written, most, least_alike)
    return [one for folded in near for one in written[folded]][:most]


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return what names are sorted by as a person counts: `proj-2` before `proj-10`."""
    return [
        (0, int(number), "") if number else (1, 0, text.casefold())
        for number, text in re.findall(r"([0-9]+)|([^0-9]+)", name)
    ]


def _hostile(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def folded(name: str) -> str:
    """Return a path as a file system has it that takes capital and small letters, or two ways of an accent, for one."""
    return unicodedata.normalize("NFC", name.rstrip("/")).casefold()
