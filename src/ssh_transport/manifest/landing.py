"""Which two paths a copy made the same, by rsync's rules for slashes and for targets that exist."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.transfer.request import Request


class Landing(NamedTuple):
    """Where the source is and where it is after the copy; `prefix` is what its names begin with in patterns."""

    source: str
    target: str
    prefix: str


def landing(box: Box, request: Request, far: Box | None = None) -> Landing:
    """
    Return the two paths of a copy that is done; with a target that does not exist there is no saying.

    :param far: the box that was written to, for a copy from box to box.
    """
    name = posixpath.basename(request.source)
    if name in {"", ".", ".."}:
        # The contents; a slash at the end follows links, as the copy did.
        return Landing(request.source, f"{request.target.rstrip('/')}/", "")
    into = request.target.endswith("/") or _is_directory(box, request, far)
    return Landing(request.source, posixpath.join(request.target, name) if into else request.target, name)


def _is_directory(box: Box, request: Request, far: Box | None) -> bool:
    if request.pull and not far:
        return Path(request.target).is_dir()
    return shell.run(far or box, '[ -d "$1" ]', request.target, check=False).exit_code == 0
