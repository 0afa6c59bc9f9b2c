"""The link while it stands: one command after another, for the programs that rsync takes for its remote shell."""

from __future__ import annotations

import array
import json
import os
import socket
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from .near import LOST, Done, Over
from .pump import READ

if TYPE_CHECKING:
    from .near import Near

_HANDED = 4
_SIZE_BYTES = 4


def serve(near: Near, control: socket.socket) -> NoReturn:
    """
    Run what comes.

    :raises Over: the link is of no use any more, or nobody is left to send anything.
    """
    calls: list[_Call] = []
    near.selector.register(control.fileno(), READ, lambda: calls.append(_heard(control)))
    try:
        while True:
            while not calls:
                near.turn()
            call = calls.pop()
            if _answer(near, call) == 0 and call.is_last:
                raise Done(0)
    finally:
        # The farewell goes through the same loop: nobody is heard any more.
        near.selector.unregister(control.fileno())


class _Call(NamedTuple):
    """
    What a `caller` asks for.

    :ivar streams: how many lanes to have, and how many at most; nothing where those that are there will do.
    :ivar is_last: whether no call comes after it, if it goes well.
    """

    command: bytes
    streams: list[int]
    is_last: bool
    stdin: int
    stdout: int
    stderr: int
    caller: socket.socket


def _heard(control: socket.socket) -> _Call:
    descriptors = array.array("i")
    head, ancillary, _, _ = control.recvmsg(_SIZE_BYTES, socket.CMSG_SPACE(_HANDED * descriptors.itemsize))
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    if len(head) < _SIZE_BYTES or len(descriptors) != _HANDED:
        raise Over(LOST)
    size, said = int.from_bytes(head, "big"), b""
    while len(said) < size:
        part = control.recv(size - len(said))
        if not part:
            raise Over(LOST)
        said += part
    asked = json.loads(said)
    stdin, stdout, stderr, caller = descriptors
    command = os.fsencode(asked["command"])
    return _Call(command, asked["streams"], asked["is_last"], stdin, stdout, stderr, socket.socket(fileno=caller))


def _answer(near: Near, call: _Call) -> int:
    """Run it, tell how it ended, and return that; a stream that broke off stays open until the caller has ended."""
    code = LOST
    before = os.dup(2)
    os.dup2(call.stderr, 2)
    os.close(call.stderr)
    near.selector.register(call.caller.fileno(), READ, _gone)
    if call.streams:
        near.want(*call.streams)
    for fd in (call.stdin, call.stdout):
        os.set_blocking(fd, False)
    try:
        code = near.run(call.command, call.stdin, call.stdout, is_last=call.is_last)
    except Over as exc:
        (code,) = exc.args
        raise
    finally:
        near.selector.unregister(call.caller.fileno())
        os.dup2(before, 2)
        os.close(before)
        _tell(call.caller, code, near.sink)
        near.drop_streams()
    return code


def _gone() -> NoReturn:
    raise Over(LOST)


def _tell(caller: socket.socket, code: int, stream: int | None) -> None:
    handed = array.array("i", [] if stream is None else [stream])
    with caller:
        try:
            caller.sendmsg([bytes([code])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)] if handed else [])
        except OSError:
            # It has ended.
            return
