"""Reads passwords and passphrases without echo, and asks one question at a time."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import termios
import threading
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import LoginRefused, UsageError
from ssh_transport.text import shown

from . import control, meter, report

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK_S = 0.1


def password(box: str) -> str:
    """
    Ask for a box's login password: on the terminal without echo, else one line of standard input.

    :raises LoginRefused: nothing was typed, or standard input is at its end.
    """
    command = f"ssh-transport -H {box} keys.push"
    if has_terminal():
        line, hint = _typed(f"password for {box}:") or "", f"nothing was typed; to be asked again: {command}"
    else:
        line = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
        hint = f"run it in a terminal, or send one line per box: `... | {command}`"
    if not line:
        raise LoginRefused(f"`{box}` wants a password, and none was given", hint=hint)
    return line


def _typed(question: str) -> str | None:
    """Ask for something hidden; beside others in another thread, as waiting for a person is to end as the task does."""
    if threading.current_thread() is threading.main_thread():
        return answer(question, hidden=True)
    found: list[str | None] = []
    asking = threading.Thread(target=lambda: found.append(answer(question, hidden=True)), daemon=True)
    asking.start()
    while asking.is_alive():
        control.current().check()
        asking.join(_TICK_S)
    return found[0] if found else None


def new_passphrase() -> str:
    """
    Ask twice for a passphrase.

    :raises UsageError: the two differ, or there is no terminal.
    """
    if not sys.stdin or not sys.stdin.isatty():
        raise UsageError("a passphrase is asked for on a terminal only", hint="leave `--passphrase` out")
    first, second = typed_unseen("passphrase for the new key: "), typed_unseen("the same again: ")
    if first != second:
        raise UsageError("the passphrases differ", hint="run it again")
    return first


def typed_unseen(question: str) -> str:
    """
    Return what is typed without echo; what is printed after a Ctrl-C there begins in a line of its own.

    :raises EOFError: nothing was typed, and standard input is at its end.
    """
    try:
        return getpass.getpass(question)
    except KeyboardInterrupt:
        if sys.stderr:
            sys.stderr.write("\n")
        raise


def has_terminal() -> bool:
    """Whether there is somebody to ask."""
    return bool(sys.stdin and sys.stdin.isatty())


def answer(question: str, *, hidden: bool) -> str | None:
    """
    Ask the person at the terminal a question of `ssh`; `None` if there is nobody.

    :param hidden: whether the answer is a secret.
    """
    if not has_terminal():
        return None
    with _one_at_a_time, contextlib.suppress(EOFError), meter.hidden(), report.held_back():
        if hidden:
            with _echo_kept():
                return typed_unseen(shown(question).rstrip() + " ")
        if sys.stderr:
            sys.stderr.write(f"{shown(question).rstrip()} ")
            sys.stderr.flush()
        return sys.stdin.readline().rstrip("\r\n")
    return None


def abandon() -> None:
    """Ask nobody any more: the thread that waits for an answer may never get to its end."""
    restore_echo()
    if _one_at_a_time.locked() and sys.stderr:
        # Behind the question, which has no end.
        sys.stderr.write("\n")
    report.hold_back_no_longer()


# Side by side, several boxes may have a question.
_one_at_a_time = threading.Lock()
_before: list[tuple[threading.Thread, int, list[Any]]] = []


@contextlib.contextmanager
def _echo_kept() -> Iterator[None]:
    """Note how the terminal was while something hidden is typed: the thread that asks may never get to its end."""
    with contextlib.suppress(OSError, termios.error):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        _before.append((threading.current_thread(), terminal, termios.tcgetattr(terminal)))
    try:
        yield
    finally:
        restore_echo(threading.current_thread())


def restore_echo(asking: threading.Thread | None = None) -> None:
    """
    Give the terminal back as it was before something hidden was asked for, if anything is.

    :param asking: the thread that asks; another's question stays hidden. Without one, any.
    """
    while _before and asking in {None, _before[-1][0]}:
        _, terminal, attributes = _before.pop()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        os.close(terminal)
