"""Reads what people paste: commands of many programs, links, lists, tables and API answers become one endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.platforms.address import Endpoint, port, target

if TYPE_CHECKING:
    from .reading import Pasted

__all__ = ["Endpoint", "parse", "port", "read", "target"]


def parse(text: str) -> Endpoint:
    """
    Return the endpoint of a pasted text; of several, the one that can do most.

    :raises EndpointError: there is none; names the wrong part and gives examples, never the text itself.
    """
    return read(text).endpoint


def read(text: str) -> Pasted:
    """
    Read text copied from a console, a mail or a chat, with everything that the person should be told about it.

    :raises EndpointError: there is no endpoint in it; names the wrong part and gives examples, never the text itself.
    """
    # Many patterns, which `--list` does not need.
    from .reading import read as read_text

    return read_text(text)
