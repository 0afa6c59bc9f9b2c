"""
How a script of ours reaches the shell of a box, whatever the login shell is.

The command line is short and always the same, so that every login shell passes it on (csh runs lines one by one and
takes `!` for history, fish has its own quotes) and no server finds it too long (dropbear: 9,000 bytes). The script and
its words follow on standard input, a line each; where the shell outlives it, so does the next one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Sequence

# A shell's `read` takes byte by byte, so that what follows is left to the script. Each line of ours begins as a comment
# does: a shell that took the place of the one that was to read it (a start-up file may end in `exec zsh`) runs none of
# them. Such a shell gets this very line as its first, and most of them leave the rest to it; what it has started passes
# over it.
# Its own first word says that the shell is there. A word of a script that was killed before it had all is none itself.
LINE = (
    "exec sh -c 'echo; while IFS= read -r s; do "
    'case $s in "#s"*) eval "$(printf %b "${s#??}")" ;; esac; done; exit 1\''
)

# The marker is printed in two halves, so that an endpoint that only echoes does not print it. What a login script says
# or where it goes is not ours, nor where `cd` looks. The dot keeps newlines at the end, which a substitution drops.
_BEGIN = """\
{says}
unset CDPATH
cd 2>/dev/null
number={number}
while [ "$number" -gt 0 ]; do
    IFS= read -r word || exit
    word=${{word#??}}
    case $word in *\\\\*)
        word=$(printf '%b.' "$word")
        word=${{word%.}} ;;
    esac
    set -- "$@" "$word"
    number=$((number - 1))
done
"""


# What follows on standard input is the next script's.
_SERVED = """\
(
{begin}exec </dev/null
{script}
)
code=$?
ends() {{ printf '\\036%s%s%s\\n' {end} "$code"; }}
ends
ends >&2
"""


def framed(script: str, words: Sequence[str], *, end: str = "") -> tuple[str, bytes]:
    """
    Return a marker, and what standard input of `LINE` begins with.

    The shell prints the marker on both of its streams, goes home, and runs the script with the words as its ``$1``,
    ``$2``, and so on; undecodable bytes in a word are surrogates.

    :param end: a token that is printed on both behind it, after a record separator and with its exit code behind; the
        shell then waits for another script, and this one has no standard input.
    """
    marker, first = begun(len(words), script, end=end)
    return marker, b"".join((first, *map(line, words)))


def begun(number: int, script: str, *, on_both: bool = True, end: str = "") -> tuple[str, bytes]:
    """
    Return the same, but for so many words, which are to follow as `line` makes them.

    :param on_both: whether the marker is printed on standard error too.
    """
    marker = uuid4().hex
    says = f"printf %s%s {_halves(marker)}"
    begin = _BEGIN.format(says=f"{says}; {says} >&2" if on_both else says, number=number)
    text = _SERVED.format(begin=begin, script=script, end=_halves(end)) if end else f"{begin}{script}\nexit\n"
    return marker, f"{LINE}\n".encode() + _line(b"#s", text)


def line(word: str) -> bytes:
    """Return the line of a word."""
    return _line(b"#w", word)


def _halves(token: str) -> str:
    middle = len(token) // 2
    return f"{token[:middle]} {token[middle:]}"


def _line(kind: bytes, text: str) -> bytes:
    """Return a line that ``printf %b`` makes the text of, once its kind is taken off."""
    return kind + os.fsencode(text).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
