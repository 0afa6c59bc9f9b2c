"""Answers the questions of `ssh`: with what was typed before, or by asking the person at the terminal."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.terminal import prompt, report
from ssh_transport.text import one_line

from . import askpass_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QUESTION_BYTES = 1 << 16
_PROMPT_CHARS = 300
_PEER = struct.Struct("3i")  # pid, uid, gid: unix(7)
_PASSPHRASE = re.compile(r"Enter (passphrase|PIN) for ")
_HOST_KEY = "authenticity of host"
_PASSWORD = re.compile(r"password|passwort|passcode|密码|口令", re.IGNORECASE)


class Answers:
    """
    What may be answered in one login.

    A typed password goes to the box alone: `ssh` itself begins each prompt with who asks, a jump on the way too.

    :param who: the box as prompts name it: ``user@host``.
    :param asks: whether the person may be asked, if there is a terminal.
    :param only_passphrases: whether for the passphrase of a key alone.
    :param postpones: whether nobody is asked now, and the question is noted instead.
    :ivar postponed: that question.
    :ivar can_answer: whether any question may get an answer.
    :ivar declined: the first question that got none.
    :ivar has_passed: tells whether a key was accepted already, so that what is asked for is a second factor.
    """

    def __init__(
        self, who: str, typed: Mapping[str, str], *, asks: bool, only_passphrases: bool = False, postpones: bool = False
    ) -> None:
        self.declined = self.postponed = ""
        self.postpones = postpones
        self.has_passed: Callable[[], bool] = lambda: False
        self._who, self._only_passphrases = who, only_passphrases
        self._left = dict(typed)
        self._asks = asks and prompt.has_terminal()
        self.can_answer = bool(typed) or self._asks
        self._asked_s = 0.0
        self._asking_since_s: float | None = None

    @property
    def asking_s(self) -> float:
        """How long the person has taken to answer until now."""
        since_s = self._asking_since_s
        return self._asked_s + (time.monotonic() - since_s if since_s is not None else 0)

    def answer(self, kind: str, question: str) -> str | None:
        """Return the answer to a question; `None` for none."""
        found = self._answer(kind, question)
        if found is None:
            self.declined = self.declined or question
        return found

    def _answer(self, kind: str, question: str) -> str | None:
        if _PASSPHRASE.match(question):
            wanted = "passphrase"
        elif question.startswith((f"{self._who}'s ", f"({self._who}) ")) and _PASSWORD.search(question):
            wanted = "password"
        else:
            wanted = ""
        # Each is used once: asked for again, it was wrong.
        if wanted and (typed := self._left.pop(wanted, "")):
            return typed
        if not self._asks or (wanted == "password" and not self.has_passed()):
            return None
        if self._only_passphrases and wanted != "passphrase":
            return None
        if self.postpones:
            self.postponed = question
            return None
        shows = kind == "confirm" or _HOST_KEY in question
        self._asking_since_s = time.monotonic()
        try:
            return prompt.answer(question if shows else one_line(question)[:_PROMPT_CHARS], hidden=not shows)
        finally:
            self._asked_s, self._asking_since_s = self.asking_s, None


class Askpass:
    """
    The socket on which `askpass_program` asks, and the environment that makes `ssh` run it.

    :param directory: private, and ours.
    """

    def __init__(self, directory: str, answers: Answers) -> None:
        self._answers = answers
        self._socket = socket.socket(socket.AF_UNIX)
        path, program = str(Path(directory, "ask")), Path(directory, "askpass")
        words = [sys.executable, "-I", "-S", askpass_program.__file__]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o700)
        self.environment = {
            "SSH_ASKPASS": str(program),
            "SSH_ASKPASS_REQUIRE": "force",
            "SSH_TRANSPORT_ASK": path,
        }
        try:
            self._socket.bind(path)
            self._socket.listen()
            self._serving = threading.Thread(target=self._serve, daemon=True)
            self._serving.start()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Answer nothing any more, and ask nobody."""
        prompt.restore_echo(self._serving)
        # Wakes the thread that waits for the next question.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer, contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                if _is_ours(peer):
                    self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        with peer.makefile("rb") as said:
            asked = json.loads(said.readline(_QUESTION_BYTES))
        kind, question = str(asked["kind"]), str(asked["prompt"])
        if kind == "none":
            report.say(one_line(question)[:_PROMPT_CHARS])
            return
        answer = self._answers.answer(kind, question)
        if answer is not None:
            peer.sendall(b"\0" + answer.encode("utf-8", "surrogateescape"))


def _is_ours(peer: socket.socket) -> bool:
    """Whether it is a program that a program of ours has started; elsewhere than on Linux the directory must do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    process, user, _ = _PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    while user == os.getuid() and process > 1:
        if process == os.getpid():
            return True
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return False
    return False
