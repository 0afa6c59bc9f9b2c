"""
The program that rsync takes for its remote shell where a link stands: hands its three streams over, and waits.

Run as `python -I -S` on this directory with the variable `SSH_TRANSPORT_CALL`: the descriptor of the link's `control`,
for how many lanes to ask, and whether no call comes after it.
"""

from __future__ import annotations

import array
import json
import os
import socket
import sys

from .descriptors import keep_open_behind_us, let_go

_LOST = 255


def main() -> int:
    """Run `-l USER HOST COMMAND...` over the link; the exit code is the command's."""
    order = json.loads(os.environ.pop("SSH_TRANSPORT_CALL"))
    control = socket.socket(fileno=order.pop("control"))
    ours, theirs = socket.socketpair()
    said = json.dumps({**order, "command": " ".join(sys.argv[4:])}).encode()
    handed = array.array("i", [0, 1, 2, theirs.fileno()])
    try:
        control.sendmsg([len(said).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)])
        control.sendall(said)
        theirs.close()
        let_go(0, 1)
        code, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(handed.itemsize))
    except OSError:
        return _LOST
    if ancillary:
        keep_open_behind_us()
    return code[0] if code else _LOST
