"""SHA-256 of the beginnings of files on a box, by its own programs."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from ssh_transport.box.heartbeat import listening
from ssh_transport.box.stream import stream
from ssh_transport.errors import BoxError, EndpointTooWeak
from ssh_transport.settings import TransferSettings
from ssh_transport.sftp.wire import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box

_LEAST_HASHED_BYTES_S = 20_000_000
_DIGEST_BYTES = 64
# It ends when the channel does, by which it holds its standard input: `head` gets a signal, and `sha256sum` its end.
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIGESTS = """
exec 3<&0
hash() {
    exec 4<"$1" || return
    {
        head -c "$2" <&4 3<&- 4<&- &
        work=$!
        ( read -r _ <&3; kill "$work" ) >/dev/null 2>&1 &
        watch=$!
        exec 4<&-
        wait "$work"
        kill "$watch" 2>/dev/null
    } | sha256sum 3<&- 4<&-
}
while [ $# -gt 1 ]; do
    if [ -f "$1" ]; then
        digest=$(hash "$1" "$2") || exit
        printf '%s\\n' "${digest%% *}"
    else
        echo -
    fi
    shift 2
done
"""
# What is printed where `head` is missing.
_OF_NOTHING = sha256().hexdigest()
_HASHED_AT_ONCE = 50  # names of 4,096 bytes would still fit a command line of most systems


def digests_there(
    box: Box, wanted: Sequence[tuple[str, int]], is_over: Callable[[], bool] = lambda: False
) -> list[str | None]:
    """
    Return what `Tree.digests` does, by as few commands as a command line allows.

    One command at a time: a box may allow few sessions.

    :param is_over: whether nobody waits for them any more.
    """
    found: list[str | None] = []
    for start in range(0, len(wanted), _HASHED_AT_ONCE):
        found += _digests(box, wanted[start : start + _HASHED_AT_ONCE], is_over)
    return found


def _digests(box: Box, wanted: Sequence[tuple[str, int]], is_over: Callable[[], bool]) -> list[str | None]:
    longest_s = 60 + max(count for _, count in wanted) // _LEAST_HASHED_BYTES_S
    words = [word for path, count in wanted for word in (path, str(count))]
    said = b""
    try:
        with listening(box, TransferSettings.of(box.c).silence_s):
            for piece in stream(box, _DIGESTS, *words, silence_s=longest_s, is_over=is_over):
                said += piece
                if len(said) > (_DIGEST_BYTES + 8) * len(wanted):
                    raise ProtocolError("more came than the hashes that were asked for")
    except (BoxError, EndpointTooWeak):
        return [None] * len(wanted)
    lines = said.decode("ascii", "replace").splitlines()
    known = [_digest(line, count) for line, (_, count) in zip(lines, wanted, strict=False)]
    return [*known, *[None] * (len(wanted) - len(known))]


def _digest(line: str, count: int) -> str | None:
    if line == "-":
        return ""
    return line if _DIGEST.fullmatch(line) and (line != _OF_NOTHING or not count) else None
