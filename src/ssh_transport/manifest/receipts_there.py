"""Reads and writes receipts and manifests on a box over SFTP, atomically and with mode 0600."""

from __future__ import annotations

import contextlib
import stat
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import NoSuchPath, TaskError
from ssh_transport.sftp.session import session
from ssh_transport.text import one_line
from ssh_transport.trees.there import There
from ssh_transport.trees.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box


class ReceiptsThere:
    """Receipts on a box."""

    def __init__(self, box: Box) -> None:
        self._box = box.name
        self._tree = There(box, session(box))

    def absolute(self, path: str) -> str:
        """Return the absolute path with links resolved; the path itself if it does not exist."""
        return self._tree.real(path) or path

    def names(self, directory: str) -> list[str]:
        """
        Return the names in a directory.

        :raises NoSuchPath: there is no such directory.
        """
        return list(self._tree.names(directory))

    def write(self, path: str, chunks: Iterable[bytes], *, mtime_s: int) -> None:
        """Replace a file atomically, with mode 0600."""
        temporary = f"{path}.{uuid4().hex[:8]}"
        try:
            with self._tree.writing(temporary, 0) as file:
                for chunk in chunks:
                    file.write(chunk)
                file.finish(Entry(stat.S_IFREG | 0o600, mtime_s=mtime_s))
            self._tree.rename(temporary, path)
        except BaseException:
            with contextlib.suppress(TaskError, OSError):
                self._tree.remove(temporary)
            raise

    def read(self, path: str) -> Iterator[bytes]:
        """
        Yield the content of a file.

        :raises NoSuchPath: there is no such file.
        """
        entry = self._tree.look(path)
        if entry is None or entry.kind != "f":
            raise NoSuchPath(f"there is no `{one_line(path)}` on `{self._box}`", box=self._box)
        with self._tree.reading(path, 0, entry.size) as blocks:
            yield from map(bytes, blocks)
