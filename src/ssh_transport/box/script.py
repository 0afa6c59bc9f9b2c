"""
How a script of ours reaches the shell of a box, whatever the login shell is.

The command line is short and always the same, so that every login shell passes it on (csh runs lines one by one and
takes `!` for history, fish has its own quotes) and no server finds it too long (dropbear: 9,000 bytes). The script and
its words follow on standard input, a line each.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Sequence

# A shell's `read` takes byte by byte, so that what follows is left to the script. Each line of ours begins as a comment
# does: a shell that took the place of the one that was to read it (a start-up file may end in `exec zsh`) runs none of
# them. Such a shell gets this very line as its first, and most of them leave the rest to it.
# Its own first word says that the shell is there.
LINE = (
    "exec sh -c 'echo; while IFS= read -r s; do "
    'case $s in "#"*) eval "$(printf %b "${s#?}")"; exit ;; esac; done; exit 1\''
)

# The marker is printed in two halves, so that an endpoint that only echoes does not print it. What a login script says
# or where it goes is not ours. The dot keeps newlines at the end, which a substitution drops.
_BEGIN = """\
{says}
cd 2>/dev/null
number={number}
while [ "$number" -gt 0 ]; do
    IFS= read -r word || exit
    word=$(printf '%b.' "${{word#?}}")
    set -- "$@" "${{word%.}}"
    number=$((number - 1))
done
"""


def framed(script: str, words: Sequence[str]) -> tuple[str, bytes]:
    """
    Return a marker, and what standard input of `LINE` begins with.

    The shell prints the marker on both of its streams, goes home, and runs the script with the words as its ``$1``,
    ``$2``, and so on; undecodable bytes in a word are surrogates.
    """
    marker, first = begun(len(words), script)
    return marker, b"".join((first, *map(line, words)))


def begun(number: int, script: str, *, on_both: bool = True) -> tuple[str, bytes]:
    """
    Return the same, but for so many words, which are to follow as `line` makes them.

    :param on_both: whether the marker is printed on standard error too.
    """
    marker = uuid4().hex
    says = f"printf %s%s {marker[:16]} {marker[16:]}"
    begin = _BEGIN.format(says=f"{says}; {says} >&2" if on_both else says, number=number)
    return marker, f"{LINE}\n".encode() + line(begin + script)


def line(text: str) -> bytes:
    """Return a line that ``printf %b`` makes the text of, once its first character is taken off."""
    return b"#" + os.fsencode(text).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
