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
import signal
import subprocess
import sys
import threading

# Without the module of that name, which takes longer to be read than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHUNK_BYTES = 1 << 18
_NOISE_BYTES = 1 << 16
_PIPE_BYTES = 1 << 20  # what Linux lets everyone have
_SOON_S, _LAST_S = 1, 30
_LOST = 255  # what ssh itself exits with


def main() -> int:
    """
    Run `ssh` with rsync's words; sent, received and its exit code plus 1 go to a file, each as 8 bytes.

    Of one that was started by whoever gives the order, we have standard output and input, and do not see its end.
    """
    order = json.loads(os.environ.pop("SSH_TRANSPORT_LINK"))
    # `-l USER HOST COMMAND...`, as rsync calls its remote shell.
    user_and_host, command = sys.argv[1:4], " ".join(sys.argv[4:])
    if order["lent"]:
        ssh, (source, sink) = None, order["lent"]
    else:
        ssh = subprocess.Popen(
            [*order["ssh"], *user_and_host, order["line"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if ssh.stdin is None or ssh.stdout is None:
            return _LOST
        source, sink = ssh.stdout.fileno(), ssh.stdin.fileno()
    for pipe in (source, sink):
        # The usual 64 KiB make this program cost as much time as the encryption does.
        with contextlib.suppress(AttributeError, OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    # rsync hands over sockets that do not block.
    os.set_blocking(0, True)
    os.set_blocking(1, True)
    threading.Thread(target=_end_with, args=(order["lifeline"], ssh), daemon=True).start()
    # As `box/script.py` writes a word.
    word = b"#w" + os.fsencode(command).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
    first = order["first"].encode() + word
    payer = _payer(order["pace"]) if "pace" in order else None
    receiving, sending = (payer, None) if order["pulls"] else (None, payer)
    if receiving:
        receiving.begin()
    threading.Thread(target=_pump, args=(first, sink, order["counts"], sending), daemon=True).start()
    # What an rsync that fails sends its remote shell: we end with it anyhow, and have something to say first.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    begun = _behind(order["marker"].encode(), source)
    if begun is not None:
        _carry(source, 1, (order["counts"], 8), begun, receiving)
    if ssh is None:
        return 0
    with contextlib.suppress(subprocess.TimeoutExpired):
        # Before rsync hears of the end, and ends too.
        if ssh.wait(_SOON_S) >= 0:
            os.pwrite(order["counts"], (ssh.returncode + 1).to_bytes(8, "little"), 16)
    os.close(1)
    try:
        return ssh.wait(_LAST_S)
    except subprocess.TimeoutExpired:
        # The box says no more, and does not end.
        ssh.kill()
        return _LOST


def _payer(order: dict[str, Any]) -> Any:
    """Return what keeps to the rate of all copies, of a module that no package is installed for."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("payer", order["program"])
    if spec is None or spec.loader is None:
        raise SystemExit(_LOST)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Payer(*order["payer"])


def _pump(first: bytes, sink: int, counts: int, payer: Any) -> None:
    _carry(0, sink, (counts, 0), first, payer)
    os.close(sink)


def _behind(marker: bytes, source: int) -> bytes | None:
    """Return what came behind the marker; what login scripts print before it is nothing for rsync."""
    said = b""
    while data := os.read(source, _CHUNK_BYTES):
        said += data
        noise, found, rest = said.partition(marker)
        if found:
            return rest
        if len(noise) > _NOISE_BYTES:
            break
    # No shell has run: what came instead may tell why.
    sys.stderr.buffer.write(said[:_NOISE_BYTES])
    return None


def _carry(source: int, sink: int, count: tuple[int, int], first: bytes, payer: Any) -> None:
    """:param count: the file and the place in it that tell how much it was."""
    total, data = 0, first
    chunk_bytes = payer.chunk_bytes if payer else _CHUNK_BYTES
    try:
        while True:
            total += len(data)
            os.pwrite(count[0], total.to_bytes(8, "little"), count[1])
            view = memoryview(data)
            while view:
                view = view[os.write(sink, view) :]
            if not (data := os.read(source, chunk_bytes)):
                return
            if payer:
                payer.take(len(data))
    except OSError:
        # The other side is gone; `ssh` or rsync says why.
        return


def _end_with(lifeline: int, ssh: subprocess.Popen[bytes] | None) -> None:
    """End everything when the process that started rsync ends, however it ends: its end of the pipe closes."""
    os.read(lifeline, 1)
    if ssh is not None:
        # What stands for `ssh` at a terminal has one to end.
        ssh.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            ssh.wait(_SOON_S)
        ssh.kill()
    os._exit(_LOST)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Without waiting for the thread that still reads from rsync.
    os._exit(code if code >= 0 else _LOST)
