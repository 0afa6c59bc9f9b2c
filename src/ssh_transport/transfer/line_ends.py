"""A push whose shell scripts arrive with LF line ends, whatever they have here."""

from __future__ import annotations

import os
import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.request.end import End
from ssh_transport.request.landing import own_name
from ssh_transport.request.patterns import Excluded, literal_exclude
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.result import Transfer

from .guard import crlf, root_of
from .run import copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.link.persist import Patience
    from ssh_transport.request.request import Request
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer.result import Forecast


def push_with_lf(request: Request, patience: Patience, show: Callable[[Progress], None]) -> Transfer | Forecast:
    """
    Push as `copy` does, the scripts with CRLF from a private copy with LF; the source is not touched.

    They are left out of the push itself and sent after it, so that a second run finds nothing to do.
    """
    options, path = request.options, request.source.path
    names = crlf.scripts(path, _names(request), copy_links=options.copy_links)
    if not names:
        return copy(request, patience, show)
    say(f"LF line ends for {count(len(names), 'shell script')}: {', '.join(map(one_line, names))}")
    without = replace(options, exclude=(*map(literal_exclude, names), *options.exclude))
    first = None if Path(path).is_file() else copy(request.with_options(without), patience, show)
    if first is not None and not isinstance(first, Transfer):
        return first
    with crlf.lf_copies(path, names) as private:
        # What the private tree lacks is no less wanted.
        lf_request = replace(request, source=End(private), options=replace(options, delete=False, max_delete=None))
        second = copy(lf_request, patience, show)
    if not first or not isinstance(second, Transfer):
        return second
    return replace(first.plus(second), matched=first.matched + second.matched)


def _names(request: Request) -> Iterator[str]:
    """Yield the names of the files that a push sends, relative to what holds them."""
    path, options = request.source.path, request.options
    root, here = root_of(path), path.rstrip("/")
    if Path(here).is_file():
        yield posixpath.basename(here)
        return
    is_excluded = Excluded(options.exclude)
    top = root if not own_name(path) else posixpath.join(root, posixpath.basename(here))
    for directory, directories, names in os.walk(top, followlinks=options.copy_links):
        below = posixpath.relpath(directory, root)
        prefix = "" if below == "." else f"{below}/"
        directories[:] = [name for name in directories if not is_excluded(prefix + name, is_directory=True)]
        yield from (prefix + name for name in names if not is_excluded(prefix + name, is_directory=False))
