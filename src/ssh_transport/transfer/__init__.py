"""Copies: what lands where, by which engine, through faults, until it is all there."""

from .line_ends import push_with_lf
from .persist import Patience
from .request import Forecast, Options, Request, Transfer, between_request, pull_request, push_request
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
    "push_request",
    "push_with_lf",
]
