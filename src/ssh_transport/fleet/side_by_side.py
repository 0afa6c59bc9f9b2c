"""Runs what is to be done on each box in a thread of its own: several at once, each on its way whatever others meet."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from ssh_transport.box.beside import as_answered
from ssh_transport.box.carrier import gate, kept
from ssh_transport.box.share import Found, Share, shared
from ssh_transport.errors import TaskError
from ssh_transport.settings import FleetSettings
from ssh_transport.terminal import board, control, prompt, report
from ssh_transport.terminal.at_once import NotBegun
from ssh_transport.terminal.control import known_to, stop
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c

from .open_files import LOGGED_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.box import Box
    from ssh_transport.terminal.board import Board
    from ssh_transport.terminal.control import Stoppable

_TICK_S = 0.1
# First what shows progress ends by itself, which is quieter.
_PATIENT_S, _DROP_S, _GRACE_S = 1.2, 2.5, 6


class SideBySide:
    """
    Boxes under way together.

    :param call: what is done with each; its `TaskError` is that box's own, anything else ends them all.
    :param at_once: how many boxes may be at work.
    :param stop_on_error: whether no further box begins once one has failed; those at work come to their end.
    """

    def __init__(
        self, boxes: Sequence[Box], call: Callable[[Box], None], at_once: int, seen: Board, *, stop_on_error: bool
    ) -> None:
        self._call, self._at_once, self._board = call, at_once, seen
        self._stop_on_error = stop_on_error
        self._stop, self._is_full, self._telling = threading.Event(), threading.Event(), threading.Lock()
        self._gate = gate.Gate(at_once, FleetSettings.of(boxes[0].c).logins_per_host, self._is_full)
        self._found = Found()
        self._at_host = Counter(box.resolved.host for box in boxes)
        # Two names of one box would get into each other's way; those that have to wait come last.
        self._alone = {box.address: threading.Lock() for box in boxes}
        firsts = {box.address: box.name for box in reversed(boxes)}
        self._boxes = sorted(boxes, key=lambda box: firsts[box.address] != box.name)
        self._running: dict[str, set[Stoppable]] = {box.name: set() for box in boxes}
        self._under_way: dict[str, Box] = {}

    def run(self, failed: Callable[[Box, TaskError], None]) -> None:
        """
        Run them all.

        :param failed: called when a box has failed.
        :raises KeyboardInterrupt: Ctrl-C, or the caller's; all were stopped.
        """
        # Where somebody can be asked, boxes log in before it is their turn: all questions come at the beginning.
        logged_in = min(LOGGED_IN, len(self._boxes)) if prompt.has_terminal() else 0
        try:
            with (
                polite_kills_as_ctrl_c(),
                contextlib.closing(self._found),
                contextlib.closing(as_answered(self._one, self._boxes, max(self._at_once, logged_in))) as answers,
            ):
                for box, answer in answers:
                    try:
                        answer()
                    except TaskError as error:
                        failed(box, error)
        except BaseException:
            self._stop_all()
            raise

    def _one(self, box: Box) -> None:
        """Run one box in its thread."""
        if self._is_full.is_set():
            return
        self._under_way[box.name] = box
        own = control.current().of_thread(self._stop, self._telling)
        share = Share(self._at_once, min(self._at_once, self._at_host[box.resolved.host]), self._found)
        try:
            with (
                known_to(self._running[box.name]),
                own.current(),
                board.seen(self._board),
                report.said_once(box.name),
                shared(share),
                gate.held(self._alone[box.address]),
                self._gate.of_one(),
            ):
                self._call(box)
                kept.close_unless_needed(box)
        except NotBegun:
            return
        except TaskError:
            if self._stop_on_error:
                self._is_full.set()
            raise
        except BaseException:
            # It ends all; until they are told to, no other begins.
            self._is_full.set()
            raise
        finally:
            del self._under_way[box.name]

    def _stop_all(self) -> None:
        """End what the threads wait for, and give them some seconds to leave all in order."""
        self._stop.set()
        self._is_full.set()
        prompt.abandon()
        start_s = time.monotonic()
        while self._under_way and (passed_s := time.monotonic() - start_s) < _GRACE_S:
            for name, box in self._under_way.copy().items():
                if passed_s > _PATIENT_S:
                    stop(self._running[name])
                if passed_s > _DROP_S:
                    # Its thread may be about to close it.
                    with contextlib.suppress(Exception):
                        box.drop()
            time.sleep(_TICK_S)
