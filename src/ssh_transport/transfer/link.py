"""
The remote shell that rsync is given: `ssh`, with what crosses it counted.

rsync itself tells how much it sent only when all went well; people pay for the bytes of the cut attempts too.
A program of its own, started by rsync: standard library only, and nothing of this package is imported.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading

_CHUNK_BYTES = 1 << 18
_PIPE_BYTES = 1 << 20  # what Linux lets everyone have
_LOST = 255  # what ssh itself exits with


def main() -> int:
    """Run `ssh` with rsync's words; the counts go to a file, as two 8-byte integers: sent and received."""
    order = json.loads(os.environ.pop("SSH_TRANSPORT_LINK"))
    ssh = subprocess.Popen([*order["ssh"], *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if ssh.stdin is None or ssh.stdout is None:
        return _LOST
    for pipe in (ssh.stdin, ssh.stdout):
        # The usual 64 KiB make this program cost as much time as the encryption does.
        with contextlib.suppress(AttributeError, OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    # rsync hands over sockets that do not block.
    os.set_blocking(0, True)
    os.set_blocking(1, True)
    threading.Thread(target=_end_with, args=(order["lifeline"], ssh), daemon=True).start()
    threading.Thread(target=_pump, args=(0, ssh.stdin.fileno(), order["counts"], 0), daemon=True).start()
    _pump(ssh.stdout.fileno(), 1, order["counts"], 8)
    return ssh.wait()


def _pump(source: int, sink: int, counts: int, place: int) -> None:
    total = 0
    try:
        while data := os.read(source, _CHUNK_BYTES):
            total += len(data)
            os.pwrite(counts, total.to_bytes(8, "little"), place)
            view = memoryview(data)
            while view:
                view = view[os.write(sink, view) :]
    except OSError:
        # The other side is gone; `ssh` or rsync says why.
        pass
    os.close(sink)


def _end_with(lifeline: int, ssh: subprocess.Popen[bytes]) -> None:
    """End everything when the process that started rsync ends, however it ends: its end of the pipe closes."""
    os.read(lifeline, 1)
    ssh.kill()
    os._exit(_LOST)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Without waiting for the thread that still reads from rsync.
    os._exit(code if code >= 0 else _LOST)
