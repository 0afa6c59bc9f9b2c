"""
The source of a pull as the box's own rsync lists it, where it is little: asked with what is asked anyhow.

It is a dry run at the box, to where nothing is. So it says what one over the link would say of a first copy, by the
same rules, and costs no round trip; and after a copy, what must be here by now.
"""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
import shlex
import stat
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box.beside import Beside, beside
from ssh_transport.facts.listing import listed_again
from ssh_transport.request.landing import own_name, sources_root
from ssh_transport.transfer.touched import asked_names

from . import output
from .options import common_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.facts.copying import RemoteEnd
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.engine import Plan

    from .output import Announced, Item

_TOKEN_CHARS = 8
_OLDEST = (3, 1, 3)
_SECOND_NS = 10**9


class Listing:
    """How the source is listed, and what follows from it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        # The box knows it: it parts the fields of a line, and proves nothing.
        self._token = uuid4().hex[:_TOKEN_CHARS]
        self._again: Beside[tuple[Sequence[bytes], Sequence[str]]] | None = None
        self.words = shlex.join(self._words()) if self._can_tell() else ""

    def of_little(self, remote: RemoteEnd, limit_bytes: int) -> Announced | None:
        """
        Return what a first copy is, if it is little: where partial files go is no box's to say.

        So no file has `limit_bytes`; or there is but one, of the very name that was asked for.
        """
        found = self._announced(remote.listed)
        if not found or all(item.bytes < limit_bytes for item in found.items):
            return found
        asked_for = own_name(self._request.source.path)
        return found if [(item.name, item.is_file) for item in found.items] == [(asked_for, True)] else None

    def begin_again(self, remote: RemoteEnd, plan: Plan) -> None:
        """
        Have the box list once more what it has read, while rsync at both ends says goodbye, if a shell is at hand.

        What it says counts in `touched`, unless something is read after all: see `forget`.
        """
        can_tell = self._again is None and remote.listed and not plan.deletions
        if can_tell and self._request.box.carrier.has_shell:
            self._again = Beside(lambda: self._listed_again(remote, plan))

    def forget(self) -> None:
        """Let what was listed again count no more."""
        self._again = None

    def touched(self, remote: RemoteEnd, plan: Plan, root: tuple[str, str]) -> Sequence[str] | None:
        """
        Return which files were touched since the box was looked at, if all that is listed by now is here.

        `None` means that this can't be said. Several connections end meanwhile: that takes as long.

        :param root: as `Landing.root` returns it.
        """
        if not remote.listed or plan.deletions:
            return None
        again, self._again = self._again, None
        with beside(self._request.box.release):
            lines, touched = again.result() if again else self._listed_again(remote, plan)
            found = self._announced(lines)
            is_all_here = found is not None and all(map(functools.partial(_is_here, *root), found.items))
        return touched if is_all_here else None

    def _listed_again(self, remote: RemoteEnd, plan: Plan) -> tuple[Sequence[bytes], Sequence[str]]:
        above = sources_root(self._request.source.path)
        return listed_again(self._request.box, self.words, above, asked_names(self._request, plan), remote.now_s)

    def _announced(self, lines: Sequence[bytes]) -> Announced | None:
        return output.announced(lines, self._token) if lines else None

    def _can_tell(self) -> bool:
        """Whether it may be rsync that copies, and what it copies does not depend on files of this machine."""
        options = self._request.options
        return self._request.target.is_here and options.engine != "sftp" and options.only is None

    def _words(self) -> list[str]:
        return [
            *("rsync", "-ptr", "--dry-run", "--info=stats2", f"--out-format={output.out_format(self._token)}"),
            *common_options(self._request.options, inplace=False, oldest=_OLDEST),
            *("--", self._request.source.path, f"./.ssh-transport-{self._token}/"),
        ]


def _is_here(root: str, renamed: str, item: Item) -> bool:
    """Whether a file is here, by what rsync too goes by, which is size and second; all else counts as if it were."""
    if not item.is_file:
        return True
    with contextlib.suppress(OSError, OverflowError, ValueError):
        found = os.lstat(posixpath.join(root, renamed or item.name))
        time_ = time.strftime(output.TIME_FORMAT, time.gmtime(found.st_mtime_ns // _SECOND_NS))
        return stat.S_ISREG(found.st_mode) and (found.st_size, time_) == (item.bytes, item.time)
    return False
