"""
What `ssh` runs when it has a question (`SSH_ASKPASS` in ssh(1)): passes it on to us, and our answer back.

A program of its own, run as ``python -I -S``: standard library only. The answer crosses a private socket, and is in no
argument, no environment and no file.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Ask what the arguments say; print the answer and return 0, or 1 if there is none."""
    with socket.socket(socket.AF_UNIX) as us:
        us.connect(os.environ["SSH_TRANSPORT_ASK"])
        # `none`: something to be told, until `ssh` ends this program. `confirm`: yes or no.
        asked = {"kind": os.environ.get("SSH_ASKPASS_PROMPT", ""), "prompt": " ".join(sys.argv[1:])}
        us.sendall(json.dumps(asked).encode() + b"\n")
        said = b""
        while part := us.recv(4096):
            said += part
    if not said:
        return 1
    sys.stdout.buffer.write(said[1:] + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
