"""
The only module that touches patchwork, which knows how a Fabric connection becomes an rsync call.

patchwork 1.0.1, its last release, asks for fabric<3, so that no wheel can depend on it. Where it can't be imported, as
after a plain `pip install`, the same words are made here; a test holds the two equal.

patchwork imports a module that Invoke 2 dropped, glues a shell string and runs it. It gets a stand-in connection that
returns the string instead, and one word in place of the others.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

_HOLE = "WORDS"


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
    """Return the words of an rsync call without its operands, and the words of the `ssh` that carries it."""
    identities = box.given.get("key_filename") or []
    given = [identities] if isinstance(identities, str) else identities
    words = [*ssh_options, *(word for path in given for word in ("-i", path))]
    transfers = _patchwork()
    if transfers is None:
        return _same_words(box, options, words, delete=delete)
    stand_in = _StandIn(shlex.quote(box.resolved.name), shlex.quote(box.resolved.user), box.resolved.port, {})
    # What it says around the words is taken apart, and no word: that takes long, for each of many boxes.
    glued = transfers.rsync(stand_in, "source", "target", delete=delete, rsync_opts=_HOLE, ssh_opts=_HOLE)
    *argv, rsh, _source, _target = shlex.split(glued)
    return _filled(argv, options), _filled(shlex.split(rsh.removeprefix("--rsh=")), words)


def _filled(said: Sequence[str], words: Sequence[str]) -> list[str]:
    at = said.index(_HOLE)
    return [*said[:at], *words, *said[at + 1 :]]


def _patchwork() -> Any:
    """Return patchwork's module of copies, or None where it is not installed."""
    try:
        import six

        sys.modules.setdefault("invoke.vendor.six", six)
        from patchwork import transfers
    except ImportError:
        return None
    return transfers


def _same_words(
    box: Box, options: Sequence[str], ssh_options: Sequence[str], *, delete: bool
) -> tuple[list[str], list[str]]:
    """Say what patchwork 1.0.1 would say."""
    argv = ["rsync", *(["--delete"] if delete else []), "-pthrvz", *options]
    return argv, ["ssh", "-p", str(box.resolved.port), *ssh_options]
