"""
What a push must not carry, and where it must not land.

`here` is the local source of a push as `request.push_request` reads it: absolute, a trailing slash means its contents.
Names are relative to what rsync's dry run names them by: the source's own directory, or the source with that slash.
"""

from __future__ import annotations

import os

from ssh_transport.request.landing import sources_root


def root_of(here: str) -> str:
    """Return the directory that the names of a push are relative to, with its links resolved."""
    return os.path.realpath(sources_root(here))
