"""A far end of the striped link that does what some bytes say, with its own clock, and pipes in the place of `ssh`."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
from typing import TYPE_CHECKING, Any, Protocol, Self

from benchmarks.hostile_lane import HostileLane
from ssh_transport.link.stripe import frame

if TYPE_CHECKING:
    from collections.abc import Callable

# Nothing of ours has so much to do with one script.
MOST_TURNS = 20_000
_KINDS = (frame.DATA, frame.DATA, frame.ERROR, frame.SHUT, frame.PING)
_LAST_KINDS = (frame.EOF, frame.EXIT, frame.BYE, frame.FAIL, frame.ACK, 0, 255)
# One of so many choices is the one that can end it all: else few scripts would come to their middle.
_RARE = 15
_ZEROES = bytes(frame.LONGEST_BYTES)
_LONGEST_FLOOD = 300
_PAUSES_S = (0.01, 0.06, 0.4, 2.0, 16.0, 70.0)
_TURN_S, _PATIENCE_S = 0.001, 1.0
_FLOOD_BYTES = 1 << 16


class Script(Protocol):
    """What atheris makes of the bytes that it found."""

    def ConsumeIntInRange(self, least: int, most: int) -> int: ...  # noqa: N802 - its name

    def ConsumeBytes(self, size: int) -> bytes: ...  # noqa: N802 - its name

    def remaining_bytes(self) -> int: ...


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


class HostileFar:
    """
    The world as our end sees it; with each wait of ours, one deed of the script is done.

    :ivar lanes: the connections that were made, those that ended too.
    """

    def __init__(self, script: Script, clock: Clock) -> None:
        self.lanes: list[HostileLane] = []
        self.turns = 0
        self._script, self._clock = script, clock
        self._next = 0
        self._seen: set[int] = set()
        self._consumed = 0
        self.source, self._typed = os.pipe()
        self._shown, self.sink = os.pipe()
        for fd in (self.source, self._typed, self._shown, self.sink):
            os.set_blocking(fd, False)
        self._here = [self._typed, self._shown]
        self._deeds: tuple[Callable[[], None], ...] = (
            self._send,
            self._send,
            self._send,
            self._flood,
            self._flood,
            self._greet,
            self._acknowledge,
            self._acknowledge,
            self._listen,
            self._end_lane,
            self._complain,
            self._pass_time,
            self._type,
            self._type,
            self._look,
        )
        self._rare_deeds = (self._send_bytes, self._lie, self._leave_here)

    def act(self) -> None:
        """Do the next deed; behind the last, end everything."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise AssertionError("our end does not come to an end")
        if any(lane.go_on() for lane in self.lanes):
            return
        if self._script.remaining_bytes():
            deeds = self._deeds if self._any(_RARE) else self._rare_deeds
            deeds[self._any(len(deeds) - 1)]()
        else:
            self.end()
            self._clock.now_s += _PATIENCE_S

    def logs_in(self, stdin: int, stdout: int, stderr: int) -> HostileLane:
        """Take up a connection; most are greeted at once."""
        lane = HostileLane(stdin, stdout, stderr)
        self.lanes.append(lane)
        if not self._script.remaining_bytes():
            lane.end()
        elif self._any(7):
            lane.say(frame.GREETING)
        return lane

    def exit_code(self) -> int:
        return (0, 1, 90, 127, 255)[self._any(4)]

    def end(self) -> None:
        """Close what is open."""
        for lane in self.lanes:
            lane.end()
        while self._here:
            os.close(self._here.pop())

    def _any(self, most: int) -> int:
        return self._script.ConsumeIntInRange(0, most)

    def _lane(self) -> HostileLane | None:
        lanes = [lane for lane in self.lanes if lane.is_open]
        return lanes[self._any(len(lanes) - 1)] if lanes else None

    def _frame(self) -> tuple[int, int, int]:
        """Return kind, number and length; most are such as a far end of ours could send."""
        kinds = _KINDS if self._any(_RARE) else _LAST_KINDS
        kind = kinds[self._any(len(kinds) - 1)]
        number = self._next + max(0, self._any(6) - 3) if self._any(_RARE) else self._any((1 << 64) - 1)
        shortest, longest = frame._LENGTHS.get(kind, (0, 1))  # noqa: SLF001 - known to whoever attacks
        length = (shortest, longest, shortest + self._any(longest - shortest))[self._any(2)]
        if not self._any(_RARE):
            length = self._any((1 << 32) - 1)
        return kind, number, length

    def _send(self) -> None:
        kind, number, length = self._frame()
        lane = self._lane()
        if lane and lane.say(frame.head(kind, number, length) + _ZEROES[:length]):
            self._next += number == self._next and kind in frame.SEQUENCED

    def _flood(self) -> None:
        """Begin to send many frames of a kind on a lane, as fast as it takes them; no other deed is done meanwhile."""
        kind, number, length = self._frame()
        step, count = self._any(2), self._any(_LONGEST_FLOOD)
        if lane := self._lane():
            at_once = _FLOOD_BYTES // (length + 1) + 1
            heads = [frame.head(kind, (number + index * step) % (1 << 64), length) for index in range(count)]
            parts = (heads[index : index + at_once] for index in range(0, count, at_once))
            lane.flood = (b"".join(head + _ZEROES[:length] for head in part) for part in parts)
            if kind in frame.SEQUENCED and number == self._next:
                self._next += step * count

    def _send_bytes(self) -> None:
        if lane := self._lane():
            lane.say(self._script.ConsumeBytes(self._any(40)))

    def _greet(self) -> None:
        if lane := self._lane():
            lane.say(frame.GREETING)

    def _acknowledge(self) -> None:
        """As it should be."""
        self._listen()
        if lane := self._lane():
            lane.say(frame.ack(self._consumed, lane.brought))

    def _lie(self) -> None:
        consumed, count = (self._consumed + self._any(3), self._any(3)) if self._any(3) else (self._any(1 << 63), 0)
        if lane := self._lane():
            lane.say(frame.ack(consumed, lane.brought + count))

    def _listen(self) -> None:
        for lane in self.lanes:
            if lane.is_open:
                self._seen.update(lane.hear())
        while self._consumed in self._seen:
            self._seen.remove(self._consumed)
            self._consumed += 1

    def _end_lane(self) -> None:
        if lane := self._lane():
            lane.end()

    def _complain(self) -> None:
        if lane := self._lane():
            with contextlib.suppress(OSError):
                os.write(lane.errors, self._script.ConsumeBytes(self._any(20)))

    def _pass_time(self) -> None:
        self._clock.now_s += _PAUSES_S[self._any(len(_PAUSES_S) - 1)]

    def _type(self) -> None:
        """Be the rsync on this side, and say something."""
        if self._typed in self._here:
            with contextlib.suppress(OSError):
                os.write(self._typed, _ZEROES[: self._any(1 << 16)])

    def _look(self) -> None:
        """Be the rsync on this side, and read something."""
        if self._shown in self._here:
            with contextlib.suppress(OSError):
                os.read(self._shown, 1 << 16)

    def _leave_here(self) -> None:
        """Be the rsync on this side, and close one direction."""
        if self._here:
            os.close(self._here.pop(self._any(len(self._here) - 1)))


class FakeSsh:
    """Stands for `subprocess.Popen`; `far` is whose connections it makes."""

    far: HostileFar

    def __init__(self, _argv: list[str], *, stdin: int, stdout: int, stderr: int, **_: Any) -> None:
        self._lane = self.far.logs_in(stdin, stdout, stderr)

    def poll(self) -> int | None:
        return None if self._lane.is_open else 255

    def wait(self, timeout: float) -> int:
        if self._lane.is_open:
            raise subprocess.TimeoutExpired("ssh", timeout)
        return self.far.exit_code()

    def kill(self) -> None:
        self._lane.end()


class Selector(selectors.PollSelector):
    """Waits on the clock of the script; `look` is called before each wait."""

    def __init__(self, far: HostileFar, clock: Clock, look: Callable[[], None]) -> None:
        super().__init__()
        self._far, self._clock, self._look = far, clock, look

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._look()
        self._far.act()
        ready = super().select(0)
        self._clock.now_s += _TURN_S if ready else timeout or _TURN_S
        return ready

    def __enter__(self) -> Self:
        return self
