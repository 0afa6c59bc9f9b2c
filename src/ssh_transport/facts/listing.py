"""
What is at a path of a box, as its own rsync lists it: told with the answer to another question, if it is little.

It is what a box says of itself, and no more to be believed than what its rsync says over a link.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

from ssh_transport.box import shell

from .change_times import TOUCHED, told, touched_words

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
