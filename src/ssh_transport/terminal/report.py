"""
Prints to the terminal: results on standard output, messages on standard error, control characters escaped.

Results are printed for a person who typed the task; where another program called it, they are returned alone. All of
it goes to the logger `ssh_transport` as well.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from ssh_transport.errors import LocalFileError
from ssh_transport.text import coloured, shown

from . import document as documents
from . import table as tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.errors import TaskError


_log = logging.getLogger("ssh_transport")
_log.addHandler(logging.NullHandler())
_prints_results: ContextVar[bool] = ContextVar("prints_results", default=False)
# What was said, and by whom first; and who speaks.
_said: ContextVar[tuple[dict[str, str], str] | None] = ContextVar("said", default=None)
# Several calls may want it at once.
_quiet_ones = 0
_ALWAYS_SAID = ("error:", "warning:")
# Threads print, too.
_lock = threading.RLock()
_held_back: list[tuple[str, TextIO, bool]] | None = None


def say(text: str) -> None:
    """Print a message on standard error."""
    is_heard = not _quiet_ones or text.startswith(_ALWAYS_SAID)
    if (context := _said.get()) is not None:
        said, speaker = context
        with _lock:
            first = said.get(text)
            if first is not None and (not speaker or first != speaker):
                return
            if is_heard:
                said[text] = speaker
    _log.info("%s", shown(text))
    if is_heard:
        _print(shown(text), sys.stderr)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Inside the block, print errors and warnings alone."""
    global _quiet_ones  # noqa: PLW0603 - there is one terminal
    with _lock:
        _quiet_ones += 1
    try:
        yield
    finally:
        with _lock:
            _quiet_ones -= 1


@contextlib.contextmanager
def written_down(handler: logging.Handler) -> Iterator[None]:
    """Inside the block, hand all that is said, and every result, to a handler too."""
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    level = _log.level
    _log.setLevel(logging.INFO)
    _log.addHandler(handler)
    try:
        yield
    finally:
        _log.removeHandler(handler)
        _log.setLevel(level)


def shows_progress() -> bool:
    """Whether there is a terminal for a progress bar, and somebody wants to see it."""
    return bool(sys.stderr and sys.stderr.isatty() and not _quiet_ones)


@contextlib.contextmanager
def said_once(speaker: str = "") -> Iterator[None]:
    """
    In the block and its threads, print no message twice: many copies print the same ones.

    :param speaker: who may say again what they said first themselves, inside of another such block.
    """
    context = _said.get()
    token = _said.set((context[0] if context else {}, speaker))
    try:
        yield
    finally:
        _said.reset(token)


@contextlib.contextmanager
def printing_results() -> Iterator[None]:
    """Print results in the block: a person typed the task."""
    token = _prints_results.set(True)
    try:
        yield
    finally:
        _prints_results.reset(token)


def result(value: Any, *, as_json: bool = False) -> None:
    """Print the return value of a task as a sentence, or leave it to the document of the command line."""
    if as_json:
        if entry := documents.current():
            entry.own.result = value
        return
    # Tabs are between the cells of tables, which have none inside.
    text = "\t".join(map(shown, str(value).split("\t")))
    _log.info("%s", text)
    if _prints_results.get():
        _print(text, sys.stdout)


def noted(error: TaskError) -> TaskError:
    """Hand an error that others will print to the logger, and return it."""
    _log.info("%s", error)
    return error


def document(text: str) -> None:
    """Print a document for programs."""
    _print(text, sys.stdout, has_colours=False)


def flush() -> None:
    """Write out what is printed, at the end of the program; where nobody reads it any more (`| head`), that is fine."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        # Python would try once more, and complain.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings."""
    if _prints_results.get():
        _print(tables.text(headings, rows), sys.stdout)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Print what is printed in the block in one piece: other threads wait."""
    with _lock:
        yield


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Print after the block what is printed meanwhile: the person is typing."""
    global _held_back  # noqa: PLW0603 - there is one terminal
    _held_back = []
    try:
        yield
    finally:
        hold_back_no_longer()


def hold_back_no_longer() -> None:
    """Print what was held back, and hold nothing back any more."""
    global _held_back
    with _lock:
        held, _held_back = _held_back or [], None
        for text, stream, has_colours in held:
            _print(text, stream, has_colours=has_colours)


def _print(text: str, stream: TextIO | None, *, has_colours: bool = True) -> None:
    """Print a line; a closed pipe or stream, or none, does not make the task fail."""
    if stream is None:
        return
    try:
        with _lock:
            if _held_back is not None:
                _held_back.append((text, stream, has_colours))
                return
            line = coloured(text, stream) if has_colours else text
            # A locale that lacks a character must not cost the line.
            encoding = stream.encoding or "utf-8"
            line = line.encode(encoding, "backslashreplace").decode(encoding)
            print(line, file=stream, flush=True)
    except (BrokenPipeError, ValueError):
        pass
    except OSError as exc:
        raise LocalFileError("the result can't be written", cause=exc.strerror or str(exc)) from exc
