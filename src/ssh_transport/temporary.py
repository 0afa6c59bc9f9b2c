"""Temporary directories that go when we end, however we end."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_PREFIX = "ssh-transport-"
# What else of ours ends then may make a file in it a moment later. A signal that ends us all must not end this.
_KEEPER = """
trap '' HUP INT TERM
while read -r _; do :; done
rm -rf -- "$1"
sleep 1
rm -rf -- "$1"
"""


class PrivateDirectory:
    """
    A directory of this user alone in the temporary directory, which is taken away at the end of a ``with``.

    SIGKILL of this process takes it away as well, a moment later.

    :ivar path: where it is.
    """

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix=_PREFIX)
        self.path = Path(self._directory.name)
        try:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "sh", self._directory.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            self._directory.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take it away; safe to repeat."""
        try:
            self._directory.cleanup()
        finally:
            self._keeper.kill()
            self._keeper.wait()
            if self._keeper.stdin:
                with contextlib.suppress(OSError):
                    self._keeper.stdin.close()
