"""An rsync on a box that has none, if the person wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.request.options import Options


def with_rsync(box: Box, options: Options) -> bool:
    """Have rsync installed on the box; a dry run says so, and plans without it. Return whether it was."""
    from ssh_transport.operations.install_rsync import ensure_rsync, way_to_install

    if options.dry_run:
        say(f"{box.name}: rsync would be installed: {one_line(way_to_install(box))}")
        return False
    say(f"{box.name}: installs rsync: {one_line(way_to_install(box))}")
    say(f"{box.name}: {ensure_rsync(box)}")
    return True
