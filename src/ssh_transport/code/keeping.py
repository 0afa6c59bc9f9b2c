"""The note of a push, which is kept beside the code on the box: as of one under way, then as of one that is whole."""

from __future__ import annotations

import os
import posixpath
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete
from ssh_transport.terminal.report import say
from ssh_transport.trees.box_files import box_files
from ssh_transport.trees.tree import Entry

from .listing import Listing
from .there import CODE, EARLIER, FILES, PLACE, Kept, kept_there

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.box import Box

    from .sent import Code

_MODE = stat.S_IFREG | 0o644


class Keeping:
    """
    What is kept of one push to a directory on a box.

    At every moment the note names all that pushes have sent and is still there, so that a later one may delete it; and
    it says that the code is whole only when it is.
    """

    def __init__(self, box: Box, directory: str, code: Code, files: Listing) -> None:
        self._box, self._place, self._directory = box, posixpath.join(directory, PLACE), directory
        self._code, self._files = code, files
        self._kept = Kept()
        self.earlier = Listing()

    def read(self) -> None:
        """Read what earlier pushes have left; where that can't be used, it is said, and nothing counts as theirs."""
        with box_files(self._box) as files:
            try:
                self._kept = kept_there(files, self._directory, f"`{self._box.name}`")
            except Incomplete as fault:
                say(f"warning: {fault.what}; files of earlier pushes are not known")
        sent = self._kept.earlier.by_name | self._kept.files.by_name
        now = self._files.by_name
        self._set_earlier({name: line for name, line in sent.items() if name not in now}.keys())

    def forget(self, names: Iterable[str]) -> None:
        """Take names out of what earlier pushes have left."""
        gone = frozenset(names)
        self._set_earlier(line.name for line in self.earlier.lines if line.name not in gone)

    def begin(self) -> None:
        """Write that a push is under way, unless the same code is there already."""
        if not self._is_noted:
            # What was sent before stays in one of both lists at every moment.
            self._write({CODE: replace(self._code, is_whole=False).packed(), EARLIER: self.earlier.packed})
            self._write({FILES: self._files.packed})

    def end(self, gone: Iterable[str]) -> None:
        """
        Write that all of it is there.

        :param gone: what was deleted of what earlier pushes have left.
        """
        self.forget(gone)
        if not self._is_noted or self._kept.earlier.lines != self.earlier.lines:
            self._write({EARLIER: self.earlier.packed, CODE: self._code.packed()})
            self._kept = Kept(self._code, self._files, self.earlier)

    @property
    def is_known(self) -> bool:
        """Whether a push went to the directory before."""
        return self._kept.code is not None

    @property
    def _is_noted(self) -> bool:
        return self._kept.code == self._code and self._kept.files.lines == self._files.lines

    def _set_earlier(self, names: Iterable[str]) -> None:
        sent = self._kept.earlier.by_name | self._kept.files.by_name
        self.earlier = Listing(tuple(sent[name] for name in sorted(names, key=os.fsencode)))

    def _write(self, content: dict[str, bytes]) -> None:
        with box_files(self._box) as files:
            for name, data in content.items():
                files.store(posixpath.join(self._place, name), data, Entry(_MODE, len(data), int(time.time())))
