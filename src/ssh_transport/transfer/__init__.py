"""
One copy, by rsync or by SFTP, through drops, until all of it is there.

`docs/copy.md` describes the steps. `run` takes them in turn, `choice` finds the engine; `rsync`, `sftp` and `between`
are the engines, `guard` and `preflight` refuse what must not or can't succeed, `small` copies one small file at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ssh_transport.link.persist import Patience
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request, between_request, pull_request, push_request

from .result import Forecast, Transfer
from .run import copy

if TYPE_CHECKING:
    from .announcement import warn_if_nothing_matched
    from .checkout import push_checkout, tree_of_checkout
    from .line_ends import push_with_lf

__all__ = [
    "Forecast",
    "Options",
    "Patience",
    "Request",
    "Transfer",
    "between_request",
    "copy",
    "pull_request",
    "push_checkout",
    "push_request",
    "push_with_lf",
    "tree_of_checkout",
    "warn_if_nothing_matched",
]
# Not every copy needs them.
_LATER = {
    "push_checkout": "checkout",
    "push_with_lf": "line_ends",
    "tree_of_checkout": "checkout",
    "warn_if_nothing_matched": "announcement",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
