"""
What `fuzz_frames` runs in a Python with atheris: ``fuzz_targets TARGET SECONDS CORPUS REPORT``.

A finding is everything but a clean result or a `ProtocolError`, and is written to REPORT.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import sys
import traceback
import tracemalloc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Target = Callable[[bytes], None]

# Not in the environment that everything else runs in, and without types.
atheris: Any = importlib.import_module("atheris")
with atheris.instrument_imports(include=["ssh_transport.link.stripe"]):
    from benchmarks.hostile_far import Clock, FakeSsh, HostileFar, Selector
    from ssh_transport.link.stripe import bootstrap, frame, logins, near, pump
    from ssh_transport.link.stripe.order import Order

_LONGEST_SCRIPT_BYTES = 600
_LIMIT_BYTES = 1 << 20
_STREAMS, _MOST = 2, 3
# Beside the limit: each lane's buffers, ours and the far end's, and acknowledgements that wait; what one read of the
# shortest frames is made into; and Python's own.
_LANE_BYTES = 3 * 2 * frame.LONGEST_BYTES
_READ_BYTES = 10 * 2 * frame.LONGEST_BYTES
_SLACK_BYTES = 1 << 20
_GRACE_S, _GOODBYE_S = 3, 2


def main() -> None:
    """Never returns: the fuzzer ends the process when the time is up, or with a finding."""
    name, seconds, corpus, report = sys.argv[1:]
    target = _TARGETS[name]

    def guarded(data: bytes) -> None:
        try:
            target(data)
        except BaseException:
            Path(report).write_text(f"{traceback.format_exc()}\ninput: {data.hex()}\n")
            raise

    options = {
        "max_total_time": seconds,
        "max_len": _LONGEST_SCRIPT_BYTES,
        "len_control": 0,
        "timeout": 20,
        "rss_limit_mb": 1024,
        "print_final_stats": 1,
        "artifact_prefix": f"{corpus}/",
        "close_fd_mask": 2,  # what the box would say on standard error
    }
    atheris.Setup([sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), corpus], guarded)
    tracemalloc.start()
    gc.collect()
    gc.freeze()
    gc.disable()
    atheris.Fuzz()


@contextlib.contextmanager
def _bounded(limit_bytes: int) -> Iterator[int]:
    """Yield what is in use; complain of memory beyond the limit at any time, and of descriptors that are left open."""
    before, descriptors = tracemalloc.get_traced_memory()[0], os.listdir("/proc/self/fd")  # noqa: PTH208 - often
    tracemalloc.reset_peak()
    yield before
    used_bytes = tracemalloc.get_traced_memory()[1] - before
    if used_bytes > limit_bytes:
        raise AssertionError(f"{used_bytes} bytes in use, {limit_bytes} were agreed")
    gc.collect()
    if (left := os.listdir("/proc/self/fd")) != descriptors:  # noqa: PTH208
        raise AssertionError(f"descriptors {descriptors} became {left}")


def _frames_of(data: bytes, piece_bytes: int, *, greeting: bool) -> tuple[list[frame.Frame], bool]:
    """Return what a decoder makes of it, and whether it refused."""
    decoder, frames = frame.Decoder(greeting=greeting), []
    while data:
        space = decoder.space()
        size = min(len(space), len(data), piece_bytes)
        space[:size], data = data[:size], data[size:]
        try:
            frames += decoder.read(size)
        except frame.ProtocolError:
            return frames, True
        if len(decoder.space()) <= frame.LONGEST_BYTES:
            raise AssertionError("no room for the longest frame")
    return frames, False


def decoder(data: bytes) -> None:
    """Whole and in pieces comes to the same, and packed again to what was read."""
    if not data:
        return
    greeting, piece_bytes, data = bool(data[0] & 1), (data[0] >> 1) + 1, data[1:]
    with _bounded(6 * frame.LONGEST_BYTES):
        frames, refused = _frames_of(data, piece_bytes, greeting=greeting)
        at_once, refused_at_once = _frames_of(data, len(data), greeting=greeting)
    if refused != refused_at_once or (not refused and frames != at_once):
        raise AssertionError(f"in pieces {frames}, {refused}; at once {at_once}, {refused_at_once}")
    packed = b"".join(frame.head(kind, number, len(payload)) + payload for kind, number, payload in frames)
    behind = data.find(frame.GREETING) + len(frame.GREETING) if greeting else 0
    if packed and data[behind : behind + len(packed)] != packed:
        raise AssertionError(f"made of {data[behind:]!r}: {frames}")


def whole_near(data: bytes) -> None:
    """Run our end to its end; it must come to one, with an exit code or a `ProtocolError`."""
    random.seed(0)
    clock = Clock()
    held_bytes = _LIMIT_BYTES + _MOST * _LANE_BYTES + _SLACK_BYTES
    with _bounded(held_bytes + _READ_BYTES) as before:
        far = FakeSsh.far = HostileFar(atheris.FuzzedDataProvider(data), clock)
        with contextlib.ExitStack() as stack:
            for module in (logins, near, pump):
                stack.enter_context(mock.patch.object(module, "time", clock))
            try:
                _run(far, clock, partial(_look, before + held_bytes))
            finally:
                far.end()


def _look(limit_bytes: int) -> None:
    """Complain of what is held beyond the limit."""
    excess_bytes = tracemalloc.get_traced_memory()[0] - limit_bytes
    if excess_bytes > 0:
        raise AssertionError(f"{excess_bytes} bytes more are held than were agreed")


def _run(far: HostileFar, clock: Clock, look: Callable[[], None]) -> None:
    order = Order(ssh=["ssh"], streams=_STREAMS, most=_MOST, limit_bytes=_LIMIT_BYTES, grace_s=_GRACE_S)
    with mock.patch.object(pump.selectors, "PollSelector", return_value=Selector(far, clock, look)):
        ours = near.Near(order, ["box"])
    goodbye_s = _GOODBYE_S
    try:
        if not 0 <= ours.run(b"rsync --server", far.source, far.sink) <= 255:  # noqa: PLR2004 - what an exit code can be
            raise AssertionError("no exit code")
    except near.Over:
        goodbye_s = 0
    ours.leave(goodbye_s)
    _close(ours)


def _close(ours: near.Near) -> None:
    """Close what the end of the process would."""
    for fd in (*ours.sources, ours.sink):
        if fd is not None:
            os.close(fd)


_TARGETS: dict[str, Target] = {"decoder": decoder, "near": whole_near}

if __name__ == "__main__":
    # The sources that a lane is sent first cost more than all the rest, and no far end answers to what is in them.
    with (
        mock.patch.object(bootstrap, "sent_first", return_value=b""),
        mock.patch.object(logins.subprocess, "Popen", FakeSsh),
        # It has no process group to end.
        mock.patch.object(logins, "_kill", FakeSsh.kill),
    ):
        main()
