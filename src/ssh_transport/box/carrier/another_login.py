"""One more login to a box, by an `ssh` with a command of its own behind it; it ends when we end."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from .leash import Leashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORDS_BYTES = 1 << 16
_SOON_S = 1


class AnotherLogin:
    """
    The login, under way or done.

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
