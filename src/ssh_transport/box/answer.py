"""What a command on a box answers: noise of login scripts left out, silence and floods bounded, its end looked at."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import CommandFailed, EndpointTooWeak, LinkLost, ToolMissing, symptoms
from ssh_transport.terminal.report import say

from . import replaced, script
from .carrier.carrier import LOST
from .tools import unfit_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from ssh_transport.errors import TaskError

    from .box import Box
    from .carrier.carrier import Session

_NOISE_BYTES = 1 << 16
_TOLD_BYTES = 1 << 10
_TICK_S = 0.2
# A script's marker comes at once, but for start-up files that take their time.
_FIRST_WORD_S = 4
# What `ssh` says where the box allows no more sessions, and a login of its own came to nothing too.
_REFUSED = re.compile(r"session request failed|open failed|administratively prohibited")
_DIRECT = "a proxied endpoint may forbid it: copy the direct TCP endpoint from the platform's console"


class Answer:
    """
    What one session says.

    :param silence_s: how long the box may send nothing.
    :param timeout_s: how long the whole command may take, if there is a limit.
    :param is_over: whether nobody wants the answer any more, which is then a `ConnectionAbortedError`.
    :ivar is_replaced: whether another shell is in the place of every command: see `replaced`.
    """

    def __init__(
        self,
        box: Box,
        session: Session,
        *,
        silence_s: float,
        timeout_s: float | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._box = box
        self._session = session
        self._silence_s = silence_s
        self._until_s = time.monotonic() + timeout_s if timeout_s else None
        self._is_over = is_over
        self._commands = box.kept(replaced.Commands)
        self._waits_for_marker = True
        self.is_replaced = False
        self.stderr = ""

    def after(self, marker: str) -> Generator[bytes, None, int]:
        """
        Yield what follows the marker; return the exit code.

        :raises LinkLost: the box sent nothing for too long, or the link broke.
        :raises EndpointTooWeak: the endpoint runs no commands.
        """
        noise = yield from self._begun(framed(self._chunks(), marker.encode()))
        if noise is not None and len(noise) > _NOISE_BYTES:
            # It would go on for ever.
            raise runs_nothing(self._box, noise[:_TOLD_BYTES].decode("utf-8", "replace"))
        code = self._session.wait()
        stderr = self._session.stderr
        if noise is not None:
            raise self._not_begun(code, noise.decode("utf-8", "replace"), stderr)
        if code == LOST:
            raise self._lost(stderr=after_noise(stderr, marker))
        self.stderr = after_noise(stderr, marker)
        return code

    def _begun(self, said: Generator[bytes, None, bytes | None]) -> Generator[bytes, None, bytes | None]:
        """Pass it on, and keep in mind that there was something behind the marker."""
        try:
            first = next(said)
        except StopIteration as end:
            noise: bytes | None = end.value
            return noise
        self._waits_for_marker, self._commands.have_run = False, True
        yield first
        return (yield from said)

    def _chunks(self) -> Iterator[bytes]:
        heard_at_s = time.monotonic()
        asks_why_at_s = heard_at_s + _FIRST_WORD_S
        for chunk in self._session.pieces(_TICK_S):
            now_s = time.monotonic()
            if self._is_over():
                raise ConnectionAbortedError("the copy was ended")
            if self._until_s is not None and now_s > self._until_s:
                raise self._silent("no end of its answer came")
            if not chunk and self.is_replaced:
                raise replaced.error(self._box)
            if chunk:
                self.is_replaced = False
                yield chunk
                # Read the clock after the `yield`: the caller may take long to process the chunk.
                heard_at_s = time.monotonic()
            elif now_s - heard_at_s > self._silence_s:
                raise self._silent(f"silent for {self._silence_s:.0f} s")
            if self._waits_for_marker and now_s > asks_why_at_s:
                # What has come meanwhile is looked at first.
                asks_why_at_s, self.is_replaced = math.inf, self._commands.are_replaced()

    def _silent(self, cause: str) -> LinkLost:
        # What else goes over it would wait as long.
        self._box.drop()
        return self._lost(cause)

    def _lost(self, cause: str = "", stderr: str = "") -> LinkLost:
        name = self._box.name
        return LinkLost(f"the connection to `{name}` broke", box=name, cause=cause or self._box.last_words or stderr)

    def _not_begun(self, code: int, noise: str, stderr: str) -> TaskError:
        if code != LOST:
            return runs_nothing(self._box, noise + stderr)
        if (found := symptoms.meaning(stderr)) and found.symptom.keeps_out:
            return found.error(self._box.name)
        if self._box.is_connected and _REFUSED.search(stderr):
            name = self._box.name
            return EndpointTooWeak(f"`{name}` refused to open a channel", box=name, cause=stderr, hint=_DIRECT)
        return self._lost(stderr=stderr)


def answered(  # noqa: PLR0913 - what is asked, and how long it may take
    box: Box,
    begun: tuple[str, Session],
    begin: Callable[[], tuple[str, Session]],
    *,
    silence_s: float,
    timeout_s: float | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> Generator[bytes, None, tuple[int, str]]:
    """
    Yield what a script says, and return its exit code and what it said on standard error.

    Where a box runs no commands, but gives a terminal, the script is begun again there.

    :param begun: what `begin` has returned: see `started`.
    :raises LinkLost: the box sent nothing for too long, or the link broke.
    :raises EndpointTooWeak: the endpoint runs no commands.
    """
    while True:
        marker, session = begun
        with session:
            answer = Answer(box, session, silence_s=silence_s, timeout_s=timeout_s, is_over=is_over)
            try:
                code = yield from answer.after(marker)
            except EndpointTooWeak as exc:
                if not box.turns_to_terminal():
                    raise
                if answer.is_replaced:
                    say(f"{box.name}: {exc.cause}; {exc.hint}")
            else:
                return code, answer.stderr
        begun = begin()


def framed(chunks: Iterable[bytes], marker: bytes) -> Generator[bytes, None, bytes | None]:
    """Yield what follows the marker and return `None`; if there is no marker, return what came instead."""
    noise = b""
    said = iter(chunks)
    for chunk in said:
        noise, found, rest = (noise + chunk).partition(marker)
        if found:
            yield rest
            yield from said
            return None
        if len(noise) > _NOISE_BYTES:
            break
    return noise


def started(  # noqa: PLR0913 - what is run, and how
    box: Box, text: str, words: tuple[str, ...], data: bytes | None, within_s: float, *, is_short: bool = False
) -> tuple[str, Session]:
    """
    Start a script on the box, and send it its words; return the marker that its answer begins with.

    :param data: what follows on its standard input, and ends that; without it, that stays open as long as the session.
    :param within_s: how long it may take until it is under way.
    :param is_short: whether it wants to hear nothing on standard input, not even our end, and leaves nothing running
        that says anything: without data, it then takes a shell that outlives it, if there is one.
    """
    with box.within(within_s):
        session = box.carrier.run(script.LINE, again=True)
    token = uuid4().hex
    end = token if is_short and not data and session.outlives(token) else ""
    marker, first = script.framed(text, words, end=end)
    session.feed(first + (data or b""), last=data is not None and not end)
    return marker, session


def after_noise(stderr: str, marker: str) -> str:
    """Return what the script itself said: what a login script complains of must not pass for the reason."""
    noise, found, own = stderr.partition(marker)
    return own.strip() if found else noise


def failed(box: Box, exit_code: int, stderr: str) -> TaskError:
    """Return the error for a script that exited with a failure, or that can't rely on a tool of the box."""
    if tool := unfit_tool(exit_code, stderr):
        return ToolMissing(
            f"`{box.name}` has no `{tool}` that can be relied on",
            box=box.name,
            cause="it is missing, fails, or is another than that of coreutils or busybox: nothing was found out by it",
            hint=f"look at it: ssh {box.name} 'ls -lL $(command -v {tool.split()[0]})'; install it there",
        )
    error = symptoms.error_of(stderr) or CommandFailed
    return error(f"a command failed with exit code {exit_code}", box=box.name, cause=stderr)


def runs_nothing(box: Box, said: str) -> TaskError:
    """Return the error for an endpoint that accepted a command and did not run it."""
    what, cause = f"`{box.name}` runs no commands", said.strip()
    if (found := symptoms.meaning(said)) and found.symptom.stage == "session":
        error = found.error(box.name)
        error.hint = error.hint.replace("@HOST", f"@{box.resolved.host}")
        return error
    hint = "this is what a shell-only proxy does: copy the direct TCP endpoint from the platform's console"
    return EndpointTooWeak(what, box=box.name, cause=cause, hint=hint)
