"""Which files were changed since a moment: a change time can't be set, as a modification time can."""

from __future__ import annotations

import contextlib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.box import Box

# A shell function. Only GNU's `find` compares with a time that is given in words; of another nothing is known.
TOUCHED = """
touched() {
    since=@$2
    cd -- "$1" || return 0
    shift 2
    find "$@" -type f -newerct "$since" -print0 2>/dev/null | head -c 1048576
    :
}
"""
# A file's change time comes from a clock that the kernel advances every few milliseconds: it lags by so much.
_COARSE_NS = 10_000_000


def touched_here(root: str, names: Iterable[str], since_ns: int) -> list[str]:
    """Return which local files were changed since then in any way, whatever their modification times say."""
    found = []
    for name in names:
        with contextlib.suppress(OSError):
            if Path(root, name).stat().st_ctime_ns > since_ns - _COARSE_NS:
                found.append(name)
    return found


def touched_there(box: Box, root: str, names: Iterable[str], since_s: int) -> list[str]:
    """As `touched_here` on a box, of these names below `root` and all that is below them, if its `find` can tell."""
    script = f'{TOUCHED}touched "$@"'
    return told(shell.run(box, script, *touched_words(root, names, since_s), check=False).stdout)


def touched_words(root: str, names: Iterable[str], since_s: int) -> list[str]:
    """Return the words that `TOUCHED` takes."""
    return [root, str(since_s), *(f"./{name}" for name in names)]


def told(text: str) -> list[str]:
    """Return the names that `TOUCHED` printed."""
    return [posixpath.normpath(name) for name in text.split("\0") if name]
