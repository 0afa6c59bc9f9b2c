"""Which two paths a copy made the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.box import shell
from ssh_transport.request.landing import landed, own_name

if TYPE_CHECKING:
    from ssh_transport.request.request import Request


class ComparedPaths(NamedTuple):
    """Where the source is and where it is after the copy; `prefix` is what its names begin with in patterns."""

    source: str
    target: str
    prefix: str


def compared_paths(request: Request) -> ComparedPaths:
    """Return the two paths of a copy that is done; with a target that does not exist there is no saying."""
    source, target = request.source.path, request.target
    name = own_name(source)
    if not name:
        # The contents; a slash at the end follows links, as the copy did.
        return ComparedPaths(source, f"{target.path.rstrip('/')}/", "")
    if target.box:
        is_directory = shell.run(target.box, '[ -d "$1" ]', target.path, check=False).exit_code == 0
    else:
        is_directory = Path(target.path).is_dir()
    return ComparedPaths(source, landed(request, target_is_directory=is_directory).path, name)
