"""Where a copy lands, by rsync's rules for trailing slashes: the one place that knows them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.facts.directory import normal

if TYPE_CHECKING:
    from .request import Request


@dataclass(frozen=True)
class Landing:
    """
    The directory that things are put into, and the name of a single file in it, or empty for the directory itself.

    ``top`` is the directory's own name where a directory is copied under it: the first part of every planned name.
    """

    holder: str
    name: str = ""
    top: str = ""

    @property
    def path(self) -> str:
        """The whole path of what is copied."""
        return self.at(self.holder)

    def at(self, holder: str) -> str:
        """Return the whole path, with the holder as it really is."""
        return posixpath.join(holder, self.name) if self.name else holder

    def root(self, target: str) -> tuple[str, str]:
        """
        Return the directory that the names of a plan are below, and the file's new name if it gets one.

        :param target: as the request names it.
        """
        if self.name and self.path == normal(target):
            return posixpath.dirname(target), posixpath.basename(target)
        return target, ""


def landing(request: Request, *, source_is_directory: bool, target_is_directory: bool) -> Landing:
    """
    Return where a copy lands.

    :param source_is_directory: whether a directory is copied, not a file or a link to something.
    :param target_is_directory: whether a directory, or a link to one, stands at the target.
    """
    source, target = request.source.path, normal(request.target.path)
    base = own_name(source)
    if not base:
        return Landing(target)
    if source_is_directory:
        return Landing(posixpath.join(target, base), top=base)
    if target_is_directory or request.target.path.endswith("/"):
        return Landing(target, base)
    return Landing(posixpath.dirname(target), posixpath.basename(target))


def landed(request: Request, *, target_is_directory: bool) -> Landing:
    """Return where a copy that is done has landed: what it was is no question then."""
    return landing(request, source_is_directory=False, target_is_directory=target_is_directory)


def holders(request: Request, *, source_is_directory: bool) -> tuple[str, str]:
    """Return what may be `Landing.holder`: with a directory at the target, and without."""
    with_one, without = (
        landing(request, source_is_directory=source_is_directory, target_is_directory=is_one).holder
        for is_one in (True, False)
    )
    return with_one, without


def own_name(source: str) -> str:
    """Return the name that a source keeps at the target; empty where its contents are copied."""
    base = posixpath.basename(source)
    return "" if base in {"", ".", ".."} else base


def is_doubled(request: Request) -> bool:
    """Whether a directory would be put into one of its own name, as it has no slash behind it: that is seldom meant."""
    name = own_name(request.source.path)
    return bool(name) and name == posixpath.basename(normal(request.target.path))


def sources_root(source: str) -> str:
    """Return the directory that a plan's names of sources are relative to: what holds the source, or itself."""
    return (posixpath.dirname(source) or ".") if own_name(source) else source


def leads_outside(name: str, link: str, top: str) -> bool:
    """
    Whether a link leads out of what is copied.

    :param name: the link's own path, relative to the target of the copy.
    :param link: where it leads.
    :param top: `Landing.top`.
    """
    if link.startswith("/"):
        return True
    goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
    first = goal.partition("/")[0]
    return first == ".." or bool(top and first != top)
