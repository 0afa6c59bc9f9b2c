"""
A directory tree, here or on a box over SFTP, behind the same few methods.

What the server of a box says is not believed: a size is only the point at which the file must end, a write counts when
`fstat` says so, and names and link targets are checked before they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors import Guarded
from ssh_transport.sftp.session import session
from ssh_transport.text import one_line

from .digests import digests_there
from .here import Here
from .there import There

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.request.end import End

    from .tree import Tree


def tree_of(end: End) -> Tree:
    """Return the file system that an end is on; a box's over its SFTP session."""
    return There(end.box, session(end.box)) if end.box else Here()


def check_no_link(end: End, path: str) -> None:
    """
    Check that a directory's own name at a target is no link: what is written would be led astray by it.

    :raises Guarded: it is one.
    """
    found = tree_of(end).look(path)
    if found is not None and found.kind == "l":
        raise led_astray(end.name, path)


def led_astray(box: str, path: str) -> Guarded:
    """Return what is said of a link at a directory's own name."""
    what = f"`{one_line(path)}` is a link, where the directory that is copied must be; nothing was changed"
    hint = "remove the link; or name what it leads to with --to, and the source with a slash at its end"
    return Guarded(what, box=box, hint=hint)


def digests_of(end: End, wanted: Sequence[tuple[str, int]]) -> Sequence[str | None]:
    """Return what `Tree.digests` does; of a box without an SFTP session, beside which it may allow no other."""
    return digests_there(end.box, wanted) if end.box else Here().digests(wanted)
