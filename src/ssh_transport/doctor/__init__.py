"""Checks the connection to a box step by step, and the box itself; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.vitals import vitals

from . import connecting, local, network, there
from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles

__all__ = ["Finding", "examine_box", "examine_here"]


def examine_here(ssh: SshFiles) -> Iterator[Finding]:
    """Yield the findings on this machine."""
    return local.examine(ssh)


def examine_box(box: Box) -> Iterator[Finding]:
    """Yield the findings on connecting to a box, on the box and on the network; a step that blocks the rest is last."""
    try:
        yield from connecting.examine(box)
        yield from there.examine(box)
        yield from network.examine(box, vitals(box).congestion_control)
    except connecting.Blocked as blocked:
        yield blocked.finding
