"""An `ssh` to a terminal, and the shell behind it, whichever it is, made a way for bytes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import time

from .ways import Broken, Refused

LOST = 255  # what `ssh` itself ends with
NO_SHELL = "no shell took what was typed at the terminal"
NOTHING = "no shell is behind the terminal"
NO_STTY = "the shell at the terminal has no `stty`"

# What is typed before the shell is there waits for it, which saves a round trip. A start-up file may read it, or throw
# it away: then it is typed again, once all is quiet.
_QUIET_S, _AGAIN_S, _TIMES = 0.1, 2.0, 10
# As long may a login take, or a terminal show nothing, not even what is typed.
_SPEECHLESS_S = 60
_PIPE_BYTES = _CHUNK_BYTES = 1 << 20  # what Linux lets everyone have
LAST_S = 5
_NOISE_BYTES, _TOLD_LINES, _TOLD_CHARS = 1 << 16, 10, 200

# One line, which every login shell passes on: no quote within the quotes, neither `!` nor a backslash. Most shells keep
# it out of their history, by its space, by the variable, or as they are replaced. Some write each line before they run
# it, so it says nothing of what is to come. As it is echoed, a token comes in two halves.
_TYPED = (
    " unset HISTFILE; exec sh -c 'if stty raw -echo; then printf %s%s {half} {ready}; else printf %s%s {half} {unfit};"
    ' exit; fi; while IFS= read -r s; do case $s in "#"*) eval "$(printf %b "${{s#?}}")"; exit ;; esac; done\'\n'
)


class Terminal:
    """An `ssh` to a terminal, with its shell not yet there."""

    def __init__(self, argv: list[str]) -> None:
        program, *words = argv
        environment = {**os.environ, "TERM": "dumb"}
        argv = [program, "-tt", "-e", "none", *words]
        self._ssh = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment)
        if self._ssh.stdin is None or self._ssh.stdout is None:
            raise AssertionError("pipes were asked for")
        self._stdin, self._stdout = self._ssh.stdin.fileno(), self._ssh.stdout.fileno()
        for fd in (self._stdin, self._stdout):
            # Each turn of ours costs as much as what it carries.
            with contextlib.suppress(AttributeError, OSError):
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def comes(self, within_s: float | None) -> bytes | None:
        """Return what comes, nothing at the end, and `None` if nothing came so soon."""
        if not select.select([self._stdout], [], [], within_s)[0]:
            return None
        return os.read(self._stdout, _CHUNK_BYTES)

    def write(self, data: bytes) -> None:
        """Write all of it; only where another thread reads meanwhile, if it is more than a line."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._stdin, view) :]

    def becomes_plain(self) -> bytes:
        """
        Wait for the shell, and make it our script; return what came behind the first that this says.

        :raises Refused: it is no shell that we can use.
        """
        half, ready, unfit = (os.urandom(8).hex() for _ in range(3))
        typed = _TYPED.format(half=half, ready=ready, unfit=unfit).encode()
        self._type(typed)
        said, times = b"", 1
        begun_s = since_s = time.monotonic()
        while True:
            chunk = self.comes(_QUIET_S)
            if chunk == b"":
                if self.end(LAST_S) != LOST and (shown := _shown(said, half)):
                    raise Refused(f"{shown}{NOTHING}")
                raise Broken
            said += chunk or b""
            before, found, behind = said.partition(f"{half}{ready}".encode())
            if found:
                return behind
            if f"{half}{unfit}".encode() in said:
                raise Refused(NO_STTY)
            now_s = time.monotonic()
            is_due = bool(said) and chunk is None and now_s - since_s > _AGAIN_S
            if is_due and times < _TIMES:
                self._type(typed)
                times, since_s = times + 1, now_s
            elif is_due or len(before) > _NOISE_BYTES or (not said and now_s - begun_s > _SPEECHLESS_S):
                raise Refused(f"{_shown(said, half)}{NO_SHELL}")

    def _type(self, line: bytes) -> None:
        # If it is gone, what is read says so.
        with contextlib.suppress(BrokenPipeError):
            self.write(line)

    def end(self, grace_s: float = 0) -> int:
        """End `ssh`, if it does not end so soon by itself, and return its exit code."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._ssh.wait(grace_s)
        # One that goes over another's login may miss a signal that it can handle; and it has nothing to put right.
        self._ssh.kill()
        return self._ssh.wait()


def _shown(said: bytes, half: str) -> str:
    """Return the last lines of what was on the screen, without what we typed; nothing if there are no others."""
    lines = (line.strip() for line in said[-_NOISE_BYTES:].decode("utf-8", "replace").splitlines())
    told = list(dict.fromkeys(line for line in lines if line and half not in line))[-_TOLD_LINES:]
    return "".join(f"{line[:_TOLD_CHARS]}\n" for line in ["it shows:", *told]) if told else ""
