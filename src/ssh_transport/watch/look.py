"""Looking at a directory on a box, by its shell, or by SFTP where it runs no commands."""

from __future__ import annotations

import posixpath
import time
from typing import TYPE_CHECKING

from ssh_transport.box.beside import mapped
from ssh_transport.box.stream import stream
from ssh_transport.errors import BoxError, CommandFailed, EndpointTooWeak, NoSuchPath
from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.request.patterns import Excluded
from ssh_transport.settings import TransferSettings
from ssh_transport.sftp.session import session
from ssh_transport.sftp.wire import ProtocolError
from ssh_transport.text import one_line
from ssh_transport.trees.there import There
from ssh_transport.trees.walk import Walk

from .listing import Entry, listing_of
from .listing_script import SCRIPT, ListingReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.trees import tree

    from .listing import Listing

_AT_ONCE = 8
_MOST_NAMES = 2_000_000


class Look:
    """
    The way to look at one directory; which way the box takes is found out once.

    :param path: as in a request, without a slash at its end.
    :param prefix: what the names begin with for the patterns.
    """

    def __init__(self, box: Box, path: str, exclude: Sequence[str], prefix: str) -> None:
        self._box, self._path, self._prefix = box, path, prefix
        self._excluded = Excluded(exclude)
        self._runs_commands = True

    def __call__(self) -> Listing:
        """
        Look once.

        :raises NoSuchPath: there is no such directory.
        :raises Incomplete: what the box tells can't be a directory.
        :raises ReachError: the box was not reached, or was lost.
        """
        try:
            if self._runs_commands:
                try:
                    return self._by_shell()
                except EndpointTooWeak:
                    self._runs_commands = False
            return self._by_sftp()
        except NoSuchPath as exc:
            where = one_line(self._path.removeprefix("./"))
            raise NoSuchPath(
                f"there is no directory `{where}` on `{self._box.name}`", box=self._box.name, cause=exc.cause
            ) from exc

    def _by_shell(self) -> Listing:
        reader = ListingReader(f"`{self._box.name}`")
        began_s = time.monotonic()
        chunks = stream(self._box, SCRIPT, self._path, silence_s=TransferSettings.of(self._box.c).silence_s)
        found = dict(reader.entries(chunks))
        times_s = began_s, time.monotonic()
        return listing_of(found.items(), self._excluded, self._prefix, times_s=times_s, unread=reader.unread)

    def _by_sftp(self) -> Listing:
        began_s = time.monotonic()
        try:
            side = There(self._box, session(self._box))
            top = side.look(self._path, follow=True)
            if top is None or top.kind != "d":
                raise NoSuchPath("it is no directory", box=self._box.name)
            found, unread = self._walked(side)
        except ProtocolError as exc:
            raise CommandFailed(
                f"`{self._box.name}` does not speak SFTP as it should", box=self._box.name, cause=str(exc)
            ) from exc
        times_s = began_s, time.monotonic()
        return listing_of(found.items(), self._excluded, self._prefix, times_s=times_s, unread=unread)

    def _walked(self, side: There) -> tuple[dict[str, Entry], str]:
        """Return what is below the directory, level by level, and what could not be read."""
        found: dict[str, Entry] = {}
        unread: list[str] = []

        def listed(name: str) -> Mapping[str, tree.Entry]:
            try:
                return side.names(posixpath.join(self._path, name))
            except BoxError as exc:
                # What vanished meanwhile is no fault, but for the directory itself.
                if not name or not isinstance(exc, NoSuchPath):
                    unread.append(f"{name or self._path}: {exc.cause or exc.what}")
                return {}

        walk = Walk([""], lambda level: mapped(listed, level, _AT_ONCE), self._path, most_names=_MOST_NAMES)
        for name, entries in walk:
            named = {posixpath.join(name, last): seen for last, seen in entries.items() if last not in LEFT_OUT}
            walk.count(len(named))
            found.update(
                (whole, Entry(seen.kind, seen.size, seen.mtime_s * 1_000_000_000, seen.link, seen.permissions))
                for whole, seen in named.items()
            )
            walk.enter(whole for whole, seen in named.items() if seen.kind == "d" and not self._is_excluded(whole))
        return found, "; ".join(unread)

    def _is_excluded(self, directory: str) -> bool:
        return self._excluded(posixpath.join(self._prefix, directory), is_directory=True)
