"""What is in the files of a push: credentials are refused, scripts that no shell on a box understands are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.terminal.report import say

from . import credentials, crlf, unfinished

if TYPE_CHECKING:
    from collections.abc import Collection

    from ssh_transport.request.request import Request


def check(request: Request, sources: Collection[str]) -> None:
    """
    Look into the files of a push.

    :param sources: `Plan.sources`.
    :raises Guarded: it would carry a credential.
    """
    path, options = request.source.path, request.options
    credentials.check(path, sources, options.allow, copy_links=options.copy_links)
    if options.only is None and (left_out := unfinished.warning(path)):
        say(left_out)
    if scripts := crlf.scripts(path, sources, copy_links=options.copy_links):
        say(crlf.warning(scripts))
