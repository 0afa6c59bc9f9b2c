"""What is in the files of a push: credentials are refused, odd scripts and what is left out are named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from . import credentials, crlf, root_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssh_transport.request.request import Request

_NAMED = 5


def check(request: Request, sources: Collection[str]) -> None:
    """
    Look into the files of a push.

    :param sources: `Plan.sources`.
    :raises Guarded: it would carry a credential.
    """
    path, options = request.source.path, request.options
    credentials.check(path, sources, options.allow, copy_links=options.copy_links)
    if options.only is None and (left_out := _left_out(path)):
        say(left_out)
    if scripts := crlf.scripts(path, sources, copy_links=options.copy_links):
        say(crlf.warning(scripts))


def _left_out(here: str) -> str:
    """
    Return what to say of names that are left out, as unfinished files of a copy are called so, or an empty string.

    No symlink is followed.
    """
    found = sorted(_unfinished(os.path.realpath(here)))
    if not found:
        return ""
    root = root_of(here)
    named = [one_line(os.path.relpath(path, root)) for path in found[:_NAMED]]
    more = [f"and {len(found) - _NAMED:,} more"] if len(found) > _NAMED else []
    return (
        f"warning: left out, as unfinished files of a copy are called so: {', '.join([*named, *more])}\n"
        "  run the copy that left them once more; what is not of a copy needs another name"
    )


def _unfinished(top: str) -> Iterator[str]:
    for directory, directories, names in os.walk(top):
        for name in LEFT_OUT.intersection((*directories, *names)):
            yield os.path.join(directory, name)  # noqa: PTH118 - 100,000 names: pathlib is five times slower
        directories[:] = [name for name in directories if name not in LEFT_OUT]
