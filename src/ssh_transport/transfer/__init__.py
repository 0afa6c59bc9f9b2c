"""
One copy, by rsync or by SFTP, through drops, until all of it is there.

`docs/copy.md` describes the steps. `run` takes them in turn, `choice` finds the engine; `rsync`, `sftp` and `between`
are the engines, `guard` and `preflight` refuse what must not or can't succeed, `small` copies one small file at once.
"""

from ssh_transport.link.persist import Patience
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request, between_request, pull_request, push_request
from ssh_transport.transfer.result import Forecast, Transfer

from .announcement import warn_if_nothing_matched
from .checkout import push_checkout, tree_of_checkout
from .line_ends import push_with_lf
from .run import copy

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
