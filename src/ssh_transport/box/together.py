"""
Runs several scripts on a box one after another in one round trip.

What they say comes at once, and packed where there is a gzip and no terminal: TCP lets ten packets go before it has
heard of one (RFC 6928), and a line that a script writes is a packet of its own.
"""

from __future__ import annotations

import shlex
import zlib
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from ssh_transport.errors import Incomplete

from . import piped
from .tools import Relying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .box import Box

_ONE = """\
(
set -- {words}
{script}
) || exit
printf '\\n%s\\n' {token}
"""
# The exit code of what stands before a pipe goes another way. The word before it says whether it is packed.
_PACKED = """\
said() (
{script}
)
if [ ! -t 1 ] && [ "$(printf a | gzip 2>/dev/null | gzip -dc 2>/dev/null)" = a ]; then
    echo gzip
    exec 3>&1
    exit "$({{ {{ said 3>&- 4>&-; echo "$?" >&4; }} | gzip >&3; }} 4>&1)"
fi
echo plain
said
"""
_GZIP = zlib.MAX_WBITS + 16


class Question(NamedTuple):
    """A POSIX `sh` script, and its ``$1``, ``$2``, and so on."""

    script: str
    words: Sequence[str]


def run(
    box: Box, questions: Sequence[Question], *, limit_bytes: int, silence_s: float, timeout_s: float
) -> Sequence[bytes]:
    """
    Return what each script writes; the parameters are those of `piped.run`.

    :raises BoxError: the first that failed; the class follows from standard error.
    :raises Incomplete: the box answered less than was asked.
    """
    token = uuid4().hex
    scripts = [one.script.script if isinstance(one.script, Relying) else one.script for one in questions]
    tools = (tool for one in questions if isinstance(one.script, Relying) for tool in one.script.tools)
    asked = (
        _ONE.format(words=shlex.join(one.words), script=script, token=token)
        for one, script in zip(questions, scripts, strict=True)
    )
    text = Relying(_PACKED.format(script="".join(asked)), tools)
    # All of it comes at the end.
    silence_s = max(silence_s, timeout_s)
    packed = piped.run(box, text, limit_bytes=limit_bytes, silence_s=silence_s, timeout_s=timeout_s)
    said = _unpacked(packed, limit_bytes)
    *answers, rest = said.split(f"\n{token}\n".encode())
    if len(answers) != len(questions) or rest:
        raise Incomplete(f"`{box.name}` did not answer to the end", box=box.name, hint="run it again")
    return answers


def _unpacked(said: bytes, limit_bytes: int) -> bytes:
    """Return what was said, of what is packed badly or is too much nothing."""
    packed, _, data = said.partition(b"\n")
    if packed != b"gzip":
        return data
    try:
        unpacking = zlib.decompressobj(_GZIP)
        found = unpacking.decompress(data, limit_bytes)
    except zlib.error:
        return b""
    return found if unpacking.eof else b""
