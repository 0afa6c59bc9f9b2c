"""
What is at a path of a box, as its own rsync lists it: told with the answer to another question, if it is little; and
what was touched since then.

It is what a box says of itself, and no more to be believed than what its rsync says over a link.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import posixpath
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssh_transport.box import Box

# About 4,000 names; compressed they are what a connection carries in its first round trips.
_MOST_BYTES = 1 << 18
_LONGEST_S = 1
_WHOLE = b"whole\n"
_GZIP = zlib.MAX_WBITS + 16
# A shell function that takes the words of an rsync, quoted. Times are printed in its time zone.
LISTING = f"""
listing() {{
    [ -n "$1" ] || return
    {{
        eval "timeout {_LONGEST_S} env LC_ALL=C TZ=UTC0 $1" </dev/null && echo {_WHOLE.decode().strip()}
    }} | head -c {_MOST_BYTES} | gzip | base64
}}
"""
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
# Base64 has no colon.
_AGAIN = f"""
{LISTING}{TOUCHED}
listing "$1" 2>/dev/null
printf :
shift
touched "$@"
"""


def listed(said: str) -> Sequence[bytes]:
    """Return the lines of `LISTING`; none if it was not little, or could not be made."""
    try:
        data = zlib.decompressobj(_GZIP).decompress(base64.b64decode(said), _MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return []
    return data.removesuffix(_WHOLE).splitlines() if data.endswith(_WHOLE) else []


def listed_again(
    box: Box, words: str, root: str, names: Iterable[str], since_s: int
) -> tuple[Sequence[bytes], Sequence[str]]:
    """Return a listing and what `touched_there` returns, both asked with one command."""
    said = shell.run(box, _AGAIN, words, *touched_words(root, names, since_s), check=False).stdout
    lines, _, touched = said.partition(":")
    return listed(lines), told(touched)


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
