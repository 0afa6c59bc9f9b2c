"""Pushes of a secret that are killed at some moment, and what is on the box then."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from .person import Person
    from .sshd import Sshd

DEADLINE_S = 60
POLL_S = 0.002
OTHERS = "machine other.example login me password theirs\n"
# Of this size, so that a kill in the middle of it is no rare luck.
_LINES = 12_000
_MARK_CHARACTERS = 12


@dataclass(frozen=True)
class Kind:
    """A kind of file on the box: what is typed to push from `file`, and what is in `target` for a value."""

    name: str
    words: tuple[str, ...]
    target: str
    content: Callable[[str], str]
    source: Callable[[str], str]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("file", ("mine", "--file=secret", "--whole"), ".mine_key", *[lambda value: f"{value}\n" * _LINES] * 2),
        Kind(
            "netrc",
            ("wandb", "--file=secret"),
            ".netrc",
            lambda value: f"{OTHERS}machine api.wandb.ai\n  login user\n  password {value}\n",
            lambda value: f"{value}\n",
        ),
    )
}
WAYS = ("sftp", "exec")


@dataclass(frozen=True)
class Seen:
    """
    What was found after a kill: which value, what is wrong, how many files the dead push left.

    ``is_new`` is `None` where neither value was there. ``finished`` tells a push that ended before the kill.
    """

    finished: bool
    is_new: bool | None
    left: int
    wrong: tuple[str, ...]


def without_sftp(sshd: Sshd) -> None:
    """Let a server refuse its SFTP subsystem."""
    forced = sshd.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("internal-sftp*) exec ", "internal-sftp*) exit 1; "))


class KilledPushes:
    """Replaces the secret on the box `alias` again and again; each time the push is killed and another one finished."""

    def __init__(self, person: Person, sshd: Sshd, alias: str, kind: Kind) -> None:
        self._person, self._sshd, self._kind, self._alias = person, sshd, kind, alias
        self._target = sshd.home / kind.target
        if kind.name == "netrc":
            self._target.write_text(OTHERS)
        self._value = self._made()
        self._finish()
        self._known = self._files()

    def span_s(self) -> float:
        """Return how long a push runs from its first sign on the box to its end."""
        self._value = self._made()
        program, seen_at_s = self._started()
        program.communicate(timeout=DEADLINE_S)
        return time.monotonic() - seen_at_s

    def kill_after(self, seconds: float) -> Seen:
        """Kill a push so long after its first sign on the box, look, and push once more."""
        old, self._value = self._value, self._made()
        program, seen_at_s = self._started()
        while time.monotonic() - seen_at_s < seconds and program.poll() is None:
            time.sleep(POLL_S)
        finished = program.poll() is not None
        # What others may read is wrong at any time, not only in the end.
        wrong = self._open(old)
        program.kill()
        program.communicate(timeout=DEADLINE_S)
        _until(lambda: not self._sshd.sessions() and not self._running())
        text = self._target.read_text() if self._target.exists() else ""
        values = {self._kind.content(old): False, self._kind.content(self._value): True}
        wrong += [] if text in values else [f"{self._kind.target} holds {len(text)} characters that are neither value"]
        wrong += self._open(old)
        left = len(self._files() - self._known)
        self._finish()
        wrong += [f"{path} was left" for path in sorted(self._files() - self._known)]
        if self._target.read_text() != self._kind.content(self._value):
            wrong.append("the next push did not put it right")
        return Seen(finished, values.get(text), left, tuple(wrong))

    def _made(self) -> str:
        value = os.urandom(20).hex()
        source = self._person.home / "secret"
        source.write_text(self._kind.source(value))
        return value

    def _words(self) -> tuple[str, ...]:
        return ("--hosts", self._alias, "secrets.push", *self._kind.words)

    def _started(self) -> tuple[subprocess.Popen[str], float]:
        program = self._person.starts("fab", *self._words())
        _until(lambda: bool(self._sshd.sessions()) or program.poll() is not None)
        return program, time.monotonic()

    def _finish(self) -> None:
        said = self._person.types("fab", *self._words())
        if said.exit_code:
            raise RuntimeError(f"a push that nobody killed failed: {said.stderr}")

    def _files(self) -> set[str]:
        return {path.name for path in self._sshd.home.rglob("*") if path.is_file()}

    def _open(self, old: str) -> list[str]:
        """Return the files with a part of a value that others may read."""
        marks = {value[start : start + _MARK_CHARACTERS] for value in (old, self._value) for start in (0, 20)}
        found = []
        for path in self._sshd.home.rglob("*"):
            try:
                mode, text = stat.S_IMODE(path.stat().st_mode), path.read_text()
            except (FileNotFoundError, IsADirectoryError):
                continue
            if mode != 0o600 and any(mark in text for mark in marks):
                found.append(f"{path.name} has mode {mode:04o}")
        return found

    def _running(self) -> bool:
        """Whether a command of the box is still at work."""
        mark = b"HOME=" + os.fsencode(self._sshd.home) + b"\0"
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes():
                    return True
            except OSError:
                continue
        return False


def _until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not true():
        if time.monotonic() > deadline_s:
            raise TimeoutError("a killed push is still at work on the box")
        time.sleep(POLL_S)
