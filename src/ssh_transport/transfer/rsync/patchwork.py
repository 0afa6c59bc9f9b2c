"""
The only module that touches patchwork, which knows how a Fabric connection becomes an rsync call.

patchwork 1.0.1 imports a module that Invoke 2 dropped, glues a shell string and runs it. It gets a stand-in connection
that returns the string instead, and words that are quoted already.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import six

from ssh_transport.errors import ToolMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box


@dataclass(frozen=True)
class _StandIn:
    """What patchwork reads of a connection. The host is the alias, so that `ssh` applies its whole block."""

    host: str
    user: str
    port: int
    connect_kwargs: dict[str, Any]

    def local(self, command: str) -> str:
        return command


def command(
    box: Box, options: Sequence[str], ssh_options: Sequence[str], *, delete: bool
) -> tuple[list[str], list[str]]:
    """
    Return the words of an rsync call without its operands, and the words of the `ssh` that carries it.

    :raises ToolMissing: patchwork is not installed.
    """
    identities = box.given.get("key_filename") or []
    stand_in = _StandIn(shlex.quote(box.resolved.name), shlex.quote(box.resolved.user), box.resolved.port, {})
    given = [identities] if isinstance(identities, str) else identities
    words = [*ssh_options, *(word for path in given for word in ("-i", path))]
    glued = _patchwork().rsync(
        stand_in,
        "source",
        "target",
        delete=delete,
        rsync_opts=shlex.join(options),
        # patchwork puts these between single quotes.
        ssh_opts=shlex.join(words).replace("'", "'\"'\"'"),
    )
    *argv, rsh, _source, _target = shlex.split(glued)
    return argv, shlex.split(rsh.removeprefix("--rsh="))


def _patchwork() -> Any:
    sys.modules.setdefault("invoke.vendor.six", six)
    try:
        from patchwork import transfers
    except ImportError as exc:
        raise ToolMissing(
            "patchwork is not installed",
            cause="pip can't install it beside Fabric 3 by itself: it asks for an older one",
            hint="pip install --no-deps patchwork==1.0.1",
        ) from exc
    return transfers
