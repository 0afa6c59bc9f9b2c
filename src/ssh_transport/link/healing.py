"""What a box says at length, over connections that heal: a cut costs a wait, and the command is not begun anew."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from ssh_transport.box.answer import after_noise, failed, framed, runs_nothing
from ssh_transport.box.script import LINE
from ssh_transport.box.script import framed as framed_script
from ssh_transport.box.stream import stream
from ssh_transport.errors import LinkLost, symptoms
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from .persist import Dropped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box
    from ssh_transport.box.carrier.process import Process

    from .remote_shell import RemoteShell

_LOST = 255  # what the striped link ends with where `ssh` would
_PULSE_S = 1
# The striped link takes as long to give up connections that are mute: `stall_s` of its order, and a little.
_NOTICED_S = 20


@contextlib.contextmanager
def healing(link: RemoteShell, pulse: Callable[[], None]) -> Iterator[Callable[..., Iterator[bytes]]]:
    """
    Yield what takes the place of `stream.stream`: a script that is run with it ends with the ``with``.

    Where the connections can't be made although the box answers, the script runs as by `stream.stream`.

    :param pulse: called whenever something came, and every second.
    """
    with contextlib.ExitStack() as stack:

        def run(box: Box, script: str, *words: str, silence_s: float) -> Iterator[bytes]:
            marker, first = framed_script(script, words)
            process = stack.enter_context(link.commanding(LINE, first))
            said = _Answer(box, process, link, pulse, silence_s + _NOTICED_S)
            return _or_else(said.after(marker.encode()), lambda: stream(box, script, *words, silence_s=silence_s))

        yield run


class _NotMade(Exception):
    """The box is there, and no connection of the striped link can be made to it."""


def _or_else(said: Iterator[bytes], instead: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    try:
        yield from said
    except _NotMade as exc:
        say(f"{exc}; goes over the open connection instead")
        yield from instead()


class _Answer:
    """What comes of one command."""

    def __init__(
        self, box: Box, process: Process, link: RemoteShell, pulse: Callable[[], None], silence_s: float
    ) -> None:
        self._box = box
        self._process = process
        self._link = link
        self._pulse = pulse
        self._silence_s = silence_s

    def after(self, marker: bytes) -> Iterator[bytes]:
        """Yield what follows the marker, then check how the command ended."""
        noise = yield from framed(self._chunks(), marker)
        code, stderr = self._process.wait(), self._process.stderr
        self._pulse()
        if noise is not None:
            raise self._not_begun(code, noise, stderr)
        if code == _LOST or code < 0:
            raise Dropped(self._box.name, stderr, progressed=False)
        if code:
            raise failed(self._box, code, after_noise(stderr, marker.decode()))

    def _chunks(self) -> Iterator[bytes]:
        heard_at = time.monotonic()
        for piece in self._process.pieces(_PULSE_S):
            self._pulse()
            if piece:
                yield piece
            # Without a connection it waits as long as the link does. With one, a heartbeat is due.
            if piece or not self._link.meter.lanes:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > self._silence_s:
                raise Dropped(self._box.name, f"silent for {self._silence_s:.0f} s", progressed=False)

    def _not_begun(self, code: int, noise: bytes, stderr: str) -> Exception:
        """Return why there is no word of the command itself."""
        box = self._box
        if code == _LOST and (found := symptoms.meaning(stderr)) and found.symptom.stage == "host key":
            return found.error(box.name)
        if not code:
            return runs_nothing(box, noise.decode("utf-8", "replace") + stderr)
        if not box.carrier.answers():
            return LinkLost(f"the connection to `{box.name}` broke", box=box.name, cause=stderr)
        last = one_line((stderr.splitlines() or [f"code {code}"])[-1].removeprefix("ssh-transport: "))
        return _NotMade(f"{box.name}: no connections that heal: {last}")
