"""The logins of a copy: those of its connections begin as soon as it is known that they will be needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.request.landing import own_name
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from ssh_transport.request.request import Request


def open_boxes(request: Request) -> None:
    """
    Log in to the boxes of a copy; for a first pull over a number of connections that was asked for, by so many logins.

    Of several boxes at once, those that wait for their turn would hold too many.

    :raises ReachError: see `Box.open`.
    """
    others: tuple[str, ...] = ()
    asked = request.options.streams or TransferSettings.of(request.box.c).streams
    if asked.isdecimal() and share.current().boxes == 1 and is_first_pull(request):
        # Most copies need none of it before they are logged in.
        from ssh_transport.link.streams import logins_beside

        others = logins_beside(request.box, asked)
    for box in request.boxes:
        box.open(others)


def begin(request: Request) -> None:
    """Begin those that are missing: there will be something to copy, and what it goes over can be made ready."""
    from ssh_transport.link.allowance import allowance
    from ssh_transport.link.streams import begin_logins

    if is_first_pull(request):
        asked, _ = allowance(request.box, request.options.streams, request.options.bwlimit)
        begin_logins(request.box, asked)


def is_first_pull(request: Request) -> bool:
    """Whether it is a pull to where nothing of that name is yet, whatever it is that is pulled."""
    if not request.target.is_here or request.options.dry_run:
        return False
    target, name = Path(request.target.path), own_name(request.source.path)
    return not os.path.lexists(target / name if target.is_dir() else target)
