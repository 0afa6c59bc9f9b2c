"""
What a helper hands to the owner over its Unix socket: a token that proves it, and descriptors.

Runs on a box's Python 3.8.
"""

from __future__ import annotations

import array
import os
import socket

# To import `typing` takes as long as all that the far end does before its first word.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

_MOST = 2
_WITHIN_S = 2


def hand_over(control: socket.socket, token: bytes, *descriptors: int) -> None:
    """
    Prove who we are, and lend these.

    :raises OSError: nobody is there to take them.
    """
    handed = array.array("i", descriptors)
    control.sendmsg([token], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)] if descriptors else [])


def taken_over(control: socket.socket, token: bytes) -> Optional[List[int]]:
    """Return what the other end lends; `None`, and nothing of it is open, if it is not one of ours."""
    handed: List[int] = []
    try:
        control.settimeout(_WITHIN_S)
        said, handed = _received(control, len(token))
        is_known = _is_same_user(control) and _are_same(said, token)
    except OSError:
        is_known = False
    if is_known:
        return handed
    for fd in handed:
        os.close(fd)
    return None


def _received(control: socket.socket, size: int) -> Tuple[bytes, List[int]]:
    descriptors = array.array("i")
    said, ancillary, flags, _ = control.recvmsg(size, socket.CMSG_SPACE(_MOST * descriptors.itemsize))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    # Where we may open no more, what was handed over is not here, and none was handed over would be untrue.
    return b"" if flags & socket.MSG_CTRUNC else said, list(descriptors)


def _is_same_user(control: socket.socket) -> bool:
    """Whether the kernel, where it tells, says that it is us at the other end."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = array.array("i", control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return credentials[1] == os.geteuid()


def _are_same(said: bytes, token: bytes) -> bool:
    """Compare them in a time that does not tell how much of them is the same."""
    try:
        # `hmac` itself takes it where there is no OpenSSL. Of public names there is `hmac`'s alone, whose import takes
        # 7 ms of processor for five modules; this is built in, and takes none.
        import _operator as timeless
    except ImportError:
        import hmac

        return hmac.compare_digest(said, token)
    return timeless._compare_digest(said, token)  # noqa: SLF001 - as above
