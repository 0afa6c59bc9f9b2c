"""The doctor: walks the way to a box step by step, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.vitals import vitals

from . import local, path, there, way
from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.openssh import SshFiles

__all__ = ["Finding", "examine_box", "examine_here"]


def examine_here(ssh: SshFiles) -> Iterator[Finding]:
    """Yield the findings on this machine."""
    return local.examine(ssh)


def examine_box(box: Box) -> Iterator[Finding]:
    """Yield the findings on the way to a box and on it; the step that blocks all others is the last."""
    try:
        yield from way.examine(box)
        yield from there.examine(box)
        yield from path.examine(box, vitals(box).congestion_control)
    except way.Blocked as blocked:
        yield blocked.finding
