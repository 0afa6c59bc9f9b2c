"""What is to be copied, from which end to which."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.text import one_line

from .end import End
from .paths import local_path, remote_path

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .options import Options


_PLACEHOLDER = re.compile(r"\{\w*\}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A copy from one end, which is read, to the other, which is written; at least one of them is on a box."""

    source: End
    target: End
    options: Options

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes at its ends, the source's first."""
        return tuple(end.box for end in (self.source, self.target) if end.box)

    @property
    def box(self) -> Box:
        """The box at the other end of this machine; from box to box the one that is read."""
        return self.boxes[0]

    @property
    def is_between(self) -> bool:
        """Whether it goes from one box to another."""
        return len(self.boxes) > 1

    def with_options(self, options: Options) -> Request:
        """Return the same copy, done in another way."""
        return replace(self, options=options)

    def on(self, box: Box) -> Request:
        """Return the same copy with another connection to its only box."""
        source, target = (replace(end, box=box if end.box else None) for end in (self.source, self.target))
        return replace(self, source=source, target=target)


def pull_request(box: Box, path: str, to: str, options: Options) -> Request:
    """
    Read the two paths of a pull.

    :param to: a local path, ``{box}`` in it stands for the box; empty means a directory called like the box.
    :raises UsageError: another word in braces is in it.
    """
    name = directory_name(box)
    here = _filled(to, name) if to else f"{name}/"
    return Request(source=End(remote_path(path), box), target=End(local_path(here)), options=options)


def _filled(to: str, name: str) -> str:
    if unknown := next((word for word in _PLACEHOLDER.findall(to) if word != "{box}"), None):
        hint = "{box} is the alias; a directory that is really called so is named from inside: --to=."
        raise UsageError(f"`{unknown}` in `{one_line(to)}` stands for nothing", hint=hint)
    return to.replace("{box}", name)


def directory_name(box: Box) -> str:
    """Return what a directory for all that is pulled from a box is called; no name of a box leads out of it."""
    return re.sub(r"[^\w.@:+-]", "_", box.name)


def push_request(box: Box, path: str, to: str, options: Options) -> Request:
    """
    Read the two paths of a push.

    :raises NoSuchPath: there is nothing at `path`.
    """
    here = local_path(path)
    if not os.path.lexists(here):
        raise NoSuchPath(f"there is no `{one_line(path)}` on this machine", hint=f"looked at {one_line(here)}")
    return Request(source=End(here), target=End(remote_path(to), box), options=options)


def between_request(source: Box, path: str, target: Box, to: str, options: Options) -> Request:
    """Read the two paths of a copy from box to box."""
    return Request(source=End(remote_path(path), source), target=End(remote_path(to), target), options=options)
