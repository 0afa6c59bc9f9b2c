"""Programs of ours that end when we end, however we end, even if nothing that they wait for ever comes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GRACE_S = 0.7
_WORDS_BYTES = 1 << 16
_SOON_S = 1
# The shell holds no stream of the program's, so that whoever reads hears of its end. A signal that ends us all must not
# keep it from taking the directory away. When the leash breaks, what else of ours ends then may use the program a
# moment longer, to say goodbye.
_KEEPER = """
leash=$1 directory=$2
shift 2
trap : HUP INT TERM
exec 3<&0
"$@" <&3 3<&- &
program=$!
exec </dev/null >/dev/null 2>&1 3<&-
( [ -e "/dev/fd/$leash" ] || exit; read -r _ <"/dev/fd/$leash"; sleep 1; kill $program; sleep 1; kill -9 $program ) &
watch=$!
while wait $program; code=$?; kill -0 $program; do :; done
kill $watch
[ -z "$directory" ] || rm -rf -- "$directory"
exit $code
"""


class Leashed:
    """
    A program with pipes at its standard input and output, in a session of its own: Ctrl-C is ours to answer.

    :param stderr: a file, not a pipe: nobody reads it while the program runs.
    :param directory: of its own, taken away at its end with all that is in it.
    :ivar group: the process group.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        stderr: IO[bytes],
        bufsize: int = -1,
        directory: str = "",
    ) -> None:
        leash, self._held = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "sh", str(leash), directory, *argv],
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=bufsize,
                start_new_session=True,
                pass_fds=(leash,),
            )
        except BaseException:
            os.close(self._held)
            raise
        finally:
            os.close(leash)
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("pipes were asked for")
        self.stdin, self.stdout = self._process.stdin, self._process.stdout
        self.group = self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with; `None` as long as it goes on."""
        return self._process.poll()

    def wait(self, longest_s: float) -> None:
        """Wait for its end, but not for ever."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(longest_s)

    def end(self) -> None:
        """End it with all of its group; safe to repeat."""
        if self._held < 0:
            return
        held, self._held = self._held, -1
        try:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if self._process.poll() is None:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(self.group, number)
                    self.wait(_GRACE_S)
        finally:
            os.close(held)


class AnotherLogin:
    """
    One more `ssh` to a box with a command of its own behind it: its login, under way or done.

    :param is_beside: whether it is only a session of a login that is there, which the box may refuse.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], *, is_beside: bool = False) -> None:
        self.is_beside = is_beside
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        try:
            self._ssh = Leashed(argv, env=env, stderr=self._errors)
        except BaseException:
            self._errors.close()
            raise

    @property
    def last_words(self) -> str:
        """What it said on standard error; undecodable bytes as surrogates."""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), min(size, _WORDS_BYTES), 0).decode("utf-8", "surrogateescape").strip()

    @property
    def streams(self) -> tuple[int, int, int]:
        """Standard output, standard input, process group."""
        return self._ssh.stdout.fileno(), self._ssh.stdin.fileno(), self._ssh.group

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._ssh.is_running

    def exit_code(self) -> int | None:
        """What it ended with, soon; `None` if it goes on."""
        self._ssh.wait(_SOON_S)
        return self._ssh.exit_code

    def let_go(self) -> None:
        """Close its streams here: somebody else has them."""
        for pipe in (self._ssh.stdin, self._ssh.stdout):
            pipe.close()

    def close(self) -> None:
        """End it."""
        try:
            self.let_go()
        finally:
            self._ssh.end()
            self._errors.close()
