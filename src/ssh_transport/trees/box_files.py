"""Whole files on a box: read, and put in place at once; by SFTP, or through `sh` where a box has no SFTP."""

from __future__ import annotations

import contextlib
import posixpath
import stat
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from ssh_transport.box import piped
from ssh_transport.errors import EndpointTooWeak, Incomplete, TaskError, UsageError
from ssh_transport.leftovers import PUT_PREFIX
from ssh_transport.settings import TransferSettings
from ssh_transport.sftp.session import open_session
from ssh_transport.text import one_line
from ssh_transport.trees.there import There
from ssh_transport.trees.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box

_CHUNK_BYTES = 1 << 18
# The longest that 64 MiB may take; a link that falls silent is given up much sooner.
_TIMEOUT_S = 3600


class BoxFiles(Protocol):
    """What `get` and `put` need of a box; a path is absolute or begins with ``./``."""

    def resolved(self, path: str) -> str:
        """Return the path with every link resolved, or nothing if it leads nowhere."""

    def look(self, path: str) -> Entry | None:
        """Return what is at a path, or `None`."""

    def content(self, path: str, limit_bytes: int) -> bytes:
        """Return all bytes of a file that is no larger than that."""

    def store(self, path: str, data: bytes, entry: Entry) -> None:
        """Put a file in place at once with the mode and time of `entry`; its directory is made."""

    def chmod(self, path: str, mode: int) -> None:
        """Change the permissions of a file."""


@contextlib.contextmanager
def box_files(box: Box) -> Iterator[BoxFiles]:
    """
    Open the way to the files of a box.

    :raises EndpointTooWeak: it has neither SFTP nor commands.
    """
    _, reach = box.platform
    if not reach.can("exec"):
        box.require("sftp")
    silence_s = TransferSettings.of(box.c).silence_s
    with box.within(_TIMEOUT_S):
        try:
            session = open_session(box)
        except EndpointTooWeak:
            yield _ByShell(box, silence_s)
            return
        with contextlib.closing(session):
            yield _BySftp(box, session)


class _BySftp(There):
    """Over the SFTP subsystem."""

    def resolved(self, path: str) -> str:
        """See `BoxFiles`."""
        return self.real(path)

    def content(self, path: str, limit_bytes: int) -> bytes:
        """See `BoxFiles`."""
        # Beyond what was said: a file that grows, or one of `/proc`, which says 0.
        with self.reading(path, 0, limit_bytes + 1) as blocks:
            data = b"".join(blocks)
        if len(data) > limit_bytes:
            raise _larger(self._box.name, path)
        return data

    def store(self, path: str, data: bytes, entry: Entry) -> None:
        """See `BoxFiles`."""
        directory = posixpath.dirname(path)
        self._make_parents(directory)
        # In a directory of its own: nobody else can open it there.
        private = posixpath.join(directory, f"{PUT_PREFIX}{uuid4().hex[:16]}")
        self.mkdir(private)
        temporary = posixpath.join(private, "file")
        try:
            with self.writing(temporary, 0) as file:
                file.write(data)
                file.finish(entry)
            there = self.look(temporary)
            if there is None or there.size != len(data):
                hint = "is the disk full? df -h"
                raise Incomplete(f"`{one_line(path)}` did not arrive whole", box=self._box.name, hint=hint)
            self.rename(temporary, path)
        except TaskError:
            # The link lives, it is the box that said no.
            with contextlib.suppress(TaskError):
                self.remove(temporary)
            self.rmdir(private)
            raise
        self.rmdir(private)

    def chmod(self, path: str, mode: int) -> None:
        """See `BoxFiles`."""
        with self._said(path):
            self.client.set(path, mode=mode)

    def _make_parents(self, path: str) -> None:
        if path in {"", "/", "."}:
            return
        if there := self.look(path):
            if there.kind == "l":
                there = self.look(self.real(path) or path)
            if there is None or there.kind != "d":
                raise UsageError(f"`{one_line(path)}` on `{self._box.name}` is no directory", hint="name another --to")
            return
        self._make_parents(posixpath.dirname(path))
        self.mkdir(path, private=False)


_RESOLVED = r"""
[ -e "$1" ] || exit 0
readlink -f -- "$1"
"""
_LOOK = r"""
[ -e "$1" ] || [ -L "$1" ] || exit 0
stat -c '%f %s %Y' -- "$1"
"""
_CONTENT = 'head -c "$2" -- "$1"'
# A link that breaks ends the input like a whole file does: the size tells them apart.
_STORE = r"""
umask 022
mkdir -p -- "${1%/*}/" || exit
umask 077
temp=$(mktemp "${1%/*}/.put-XXXXXXXX") || exit
trap 'rm -f -- "$temp"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$temp" || exit
if [ "$(($(wc -c <"$temp")))" -ne "$2" ]; then echo "it did not arrive whole" >&2; exit 1; fi
touch -d "@$4" -- "$temp" && chmod "$3" "$temp" && mv -f -- "$temp" "$1"
"""
_CHMOD = 'chmod "$2" "$1"'


class _ByShell:
    """Through `sh` and the tools of coreutils or busybox."""

    def __init__(self, box: Box, silence_s: float) -> None:
        self._box = box
        self._silence_s = silence_s

    def resolved(self, path: str) -> str:
        """See `BoxFiles`."""
        said = self._text(_RESOLVED, path)
        return said if said.startswith("/") else ""

    def look(self, path: str) -> Entry | None:
        """See `BoxFiles`."""
        said = self._text(_LOOK, path).split()
        if not said:
            return None
        try:
            mode, size, mtime = int(said[0], 16), int(said[1]), int(said[2])
        except (ValueError, IndexError) as exc:
            raise Incomplete(f"`{self._box.name}` says nonsense of `{one_line(path)}`", box=self._box.name) from exc
        return Entry(mode, size, max(0, min(mtime, 0xFFFFFFFF)))

    def content(self, path: str, limit_bytes: int) -> bytes:
        """See `BoxFiles`."""
        data = self._run(_CONTENT, path, str(limit_bytes + 1), limit_bytes=limit_bytes + 1)
        if len(data) > limit_bytes:
            raise _larger(self._box.name, path)
        return data

    def store(self, path: str, data: bytes, entry: Entry) -> None:
        """See `BoxFiles`."""
        mode = f"{stat.S_IMODE(entry.mode):04o}"
        self._run(_STORE, path, str(len(data)), mode, str(entry.mtime_s), data=data)

    def chmod(self, path: str, mode: int) -> None:
        """See `BoxFiles`."""
        self._run(_CHMOD, path, f"{mode:04o}")

    def _text(self, script: str, *words: str) -> str:
        return self._run(script, *words, limit_bytes=_CHUNK_BYTES).decode("utf-8", "surrogateescape").removesuffix("\n")

    def _run(self, script: str, *words: str, data: bytes = b"", limit_bytes: int = 0) -> bytes:
        try:
            return piped.run(
                self._box,
                script,
                *words,
                data=data,
                limit_bytes=limit_bytes,
                silence_s=self._silence_s,
                timeout_s=_TIMEOUT_S,
            )
        except EndpointTooWeak as exc:
            _, reach = self._box.platform
            exc.hint = reach.better or "copy the direct TCP endpoint from the platform's console"
            raise


def _larger(box: str, path: str) -> Incomplete:
    return Incomplete(f"`{one_line(path)}` is larger than `{box}` said", box=box, hint="is it still being written?")
