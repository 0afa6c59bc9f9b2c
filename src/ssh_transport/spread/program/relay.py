"""
Pieces on their way from one machine to the next. Runs on a box's Python 3.6.

A piece counts only if its SHA-256 is that of the plan, which the receiver has from who began it all and not from who
sends the piece.
"""

import base64
import contextlib
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from typing import IO, Any, Dict, Iterator, List, Set

from .pieces import Have, files_of, next_piece, read_exactly

HEADER = struct.Struct(">II")  # the number of a piece, its length
# What the sender ends with if it was the other side that failed.
CHILD_FAILED = 3
_BEAT_S, _LOOK_S = 2, 0.02
_CHUNK_BYTES = _NOISE_BYTES = 1 << 16
# A digit for four pieces.
_LINE_BYTES = 1 << 20


def receive(state: str, source: IO[bytes], says: IO[bytes]) -> int:
    """Take pieces; say first which are missing, then the number of each that is kept."""
    files, have = files_of(state), Have(state)
    here = have.look()
    missing = [piece for piece in range(files.count) if piece not in here]
    says.write(b"%x\n" % sum(1 << piece for piece in missing))
    while True:
        head = read_exactly(source, HEADER.size)
        if len(head) < HEADER.size:
            return 0
        piece, length = HEADER.unpack(head)
        if piece >= files.count or length != files.length(piece):
            raise ValueError("a piece that is none")
        data = read_exactly(source, length)
        if len(data) < length:
            return 0
        if not files.is_good(piece, data):
            raise ValueError("a piece that is not what it should be")
        files.write(piece, data)
        have.add([piece])
        says.write(b"%d\n" % piece)


class _Pulse:
    """Ends the process if the other side takes nothing and says nothing for too long."""

    def __init__(self, child: "subprocess.Popen[bytes]", stall_s: float) -> None:
        self._child, self._stall_s = child, stall_s
        self._moved_at = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    def moved(self) -> None:
        self._moved_at = time.monotonic()

    def _watch(self) -> None:
        while time.monotonic() - self._moved_at < self._stall_s:
            time.sleep(_BEAT_S / 2)
            try:
                os.write(1, b".\n")
            except OSError:
                break
        else:
            sys.stderr.write("nothing was taken for %d s\n" % self._stall_s)
        self._child.kill()
        sys.stderr.flush()
        os._exit(CHILD_FAILED)


def send(state: str, order: Dict[str, Any]) -> int:
    """Send the pieces that the receiver behind `ssh` lacks, as they come to be here; say each that it has kept."""
    files, have = files_of(state), Have(state)
    ssh = order["ssh"] or os.environ["RSYNC_RSH"].split() + order["there"]
    child = subprocess.Popen(ssh, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    if child.stdin is None or child.stdout is None:
        raise AssertionError("they are pipes")
    pulse = _Pulse(child, order["stall_s"])
    if order["is_leashed"]:
        threading.Thread(target=_end_with_input, args=(child, state), daemon=True).start()
    try:
        child.stdin.write(base64.b64decode(order["first"]))
        said = _behind(child.stdout, order["marker"].encode())
        missing = _missing(next(said), files.count)
        kept: Set[int] = set()
        acknowledged = threading.Thread(target=_acknowledge, args=(said, pulse, kept), daemon=True)
        acknowledged.start()
        payer = _payer(order["pace"]) if order["pace"] else None
        todo = list(missing)
        while todo:
            piece = next_piece(todo, have.look())
            if piece is None:
                pulse.moved()
                if child.poll() is not None:
                    return CHILD_FAILED
                time.sleep(_LOOK_S)
                continue
            todo.remove(piece)
            data = files.read(piece)
            _write(child.stdin, HEADER.pack(piece, len(data)) + data, pulse, payer)
        child.stdin.close()
        acknowledged.join()
        return CHILD_FAILED if child.wait() or kept != set(missing) else 0
    except (BrokenPipeError, StopIteration):
        # For `ssh` to say why.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_BEAT_S)
        return CHILD_FAILED
    finally:
        if child.poll() is None:
            child.kill()


def _write(sink: IO[bytes], data: bytes, pulse: _Pulse, payer: Any) -> None:
    longest_bytes = payer.chunk_bytes if payer else _CHUNK_BYTES
    view = memoryview(data)
    for start in range(0, len(data), longest_bytes):
        part = view[start : start + longest_bytes]
        if payer:
            payer.take(len(part))
        while part:
            part = part[sink.write(part) :]
            pulse.moved()


def _payer(order: Dict[str, Any]) -> Any:
    """Return what keeps to the rate of all copies, of the machine that has a limit: that of whoever began it all."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("payer", order["program"])
    if spec is None or spec.loader is None:
        raise FileNotFoundError(order["program"])
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Payer(*order["payer"])


def _end_with_input(child: "subprocess.Popen[bytes]", state: str) -> None:
    """End with who began it, whose directory nobody else takes away."""
    os.read(0, 1)
    child.kill()
    shutil.rmtree(state, ignore_errors=True)
    os._exit(1)


def _missing(line: bytes, count: int) -> List[int]:
    try:
        lacks = int(line, 16)
    except ValueError:
        raise BrokenPipeError from None
    return [piece for piece in range(count) if lacks >> piece & 1]


def _acknowledge(said: Iterator[bytes], pulse: _Pulse, kept: Set[int]) -> None:
    for line in said:
        if not line.isdigit():
            return
        pulse.moved()
        kept.add(int(line))
        os.write(1, line + b"\n")


def _behind(stream: IO[bytes], marker: bytes) -> Iterator[bytes]:
    """Yield the lines behind a marker, what login scripts print left out."""
    rest = b""
    while marker not in rest:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk or len(rest) > _NOISE_BYTES:
            return
        rest += chunk
    rest = rest.partition(marker)[2]
    while True:
        *whole, rest = rest.split(b"\n")
        for line in whole:
            yield line
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk or len(rest) > _LINE_BYTES:
            return
        rest += chunk
