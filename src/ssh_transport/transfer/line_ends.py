"""A push whose shell scripts arrive with LF line ends, whatever they have here."""

from __future__ import annotations

import os
import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.report import say
from ssh_transport.text import count, one_line

from .guard import crlf, root_of
from .patterns import Excluded
from .request import Transfer
from .run import copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

    from .engine import Progress
    from .persist import Patience
    from .request import Forecast, Request


def push_with_lf(
    box: Box, request: Request, patience: Patience, show: Callable[[Progress], None]
) -> Transfer | Forecast:
    """
    Push as `copy` does, the scripts with CRLF from a private copy with LF; the source is not touched.

    They are left out of the push itself and sent after it, so that a second run finds nothing to do.
    """
    options = request.options
    names = crlf.scripts(request.here, _names(request), copy_links=options.copy_links)
    if not names:
        return copy(box, request, patience, show)
    say(f"LF line ends for {count(len(names), 'shell script')}: {', '.join(map(one_line, names))}")
    without = replace(options, exclude=(*map(crlf.literal_exclude, names), *options.exclude))
    first = None if Path(request.here).is_file() else copy(box, replace(request, options=without), patience, show)
    if first is not None and not isinstance(first, Transfer):
        return first
    with crlf.staged(request.here, names) as here:
        # What the staged tree lacks is no less wanted.
        staged = replace(request, here=here, options=replace(options, delete=False))
        second = copy(box, staged, patience, show)
    return _sum(first, second) if first and isinstance(second, Transfer) else second


def _names(request: Request) -> Iterator[str]:
    """Yield the names of the files that a push sends, relative to what holds them."""
    root, here, options = root_of(request.here), request.here.rstrip("/"), request.options
    if Path(here).is_file():
        yield posixpath.basename(here)
        return
    is_excluded = Excluded(options.exclude)
    top = root if request.here.endswith("/") else posixpath.join(root, posixpath.basename(here))
    for directory, directories, names in os.walk(top, followlinks=options.copy_links):
        below = posixpath.relpath(directory, root)
        prefix = "" if below == "." else f"{below}/"
        directories[:] = [name for name in directories if not is_excluded(prefix + name, is_directory=True)]
        yield from (prefix + name for name in names if not is_excluded(prefix + name, is_directory=False))


def _sum(first: Transfer, second: Transfer) -> Transfer:
    return replace(
        first,
        files=first.files + second.files,
        bytes=first.bytes + second.bytes,
        wire_bytes=first.wire_bytes + second.wire_bytes,
        seconds=round(first.seconds + second.seconds, 3),
        attempts=max(first.attempts, second.attempts),
    )
