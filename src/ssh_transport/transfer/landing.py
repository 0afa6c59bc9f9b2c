"""Where a copy lands, by rsync's rules for trailing slashes, and which links lead out of it."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.facts.place import normal

if TYPE_CHECKING:
    from ssh_transport.facts.copying import FarEnd

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

    def at(self, holder: str) -> str:
        """Return the whole path, with the holder as it really is."""
        return posixpath.join(holder, self.name) if self.name else holder

    def root(self, target: str) -> tuple[str, str]:
        """
        Return the directory that the names of a dry run are below, and the file's new name if it gets one.

        :param target: as the request names it.
        """
        if self.name and self.at(self.holder) == normal(target):
            return posixpath.dirname(target), posixpath.basename(target)
        return target, ""


def landing(request: Request, far: FarEnd) -> Landing:
    """Return where the copy lands, given what stands at the box's path."""
    if request.pull:
        return _landing(request, is_directory_there(request, far), Path(request.target).is_dir())
    return _landing(request, _is_directory_here(request), far.leads_to_directory)


def is_first_pull(request: Request) -> bool:
    """Whether there is nothing yet where it lands, whatever it is that is pulled."""
    is_directory = Path(request.target).is_dir()
    places = [_landing(request, is_kind, is_directory) for is_kind in (True, False)]
    return request.pull and not any(os.path.lexists(found.at(found.holder)) for found in places)


def holders(request: Request) -> tuple[str, str]:
    """Return the directories of a push that may hold what is copied: with a directory at the target, and without."""
    is_directory = _is_directory_here(request)
    return _landing(request, is_directory, True).holder, _landing(request, is_directory, False).holder  # noqa: FBT003


def landing_between(request: Request, source: FarEnd, target: FarEnd) -> Landing:
    """Return where a copy from box to box lands, given what stands at both paths."""
    return _landing(request, is_directory_there(request, source), target.leads_to_directory)


def holders_between(request: Request, source: FarEnd) -> tuple[str, str]:
    """As `holders`, of a copy from box to box."""
    is_directory = is_directory_there(request, source)
    return _landing(request, is_directory, True).holder, _landing(request, is_directory, False).holder  # noqa: FBT003


def is_directory_there(request: Request, source: FarEnd) -> bool:
    """Whether a directory is copied from a box, not a file or a link to something."""
    return source.kind == "directory" or (request.options.copy_links and source.leads_to_directory)


def _is_directory_here(request: Request) -> bool:
    source = Path(request.source)
    follows = request.options.copy_links or request.source.endswith("/")
    return source.is_dir() and (follows or not source.is_symlink())


def _landing(request: Request, source_is_directory: bool, target_is_directory: bool) -> Landing:
    source, target = request.source, normal(request.target)
    base = posixpath.basename(source.rstrip("/"))
    if source.endswith("/") or base in {"", ".", ".."}:
        return Landing(target)
    if source_is_directory:
        return Landing(posixpath.join(target, base), top=base)
    if target_is_directory or request.target.endswith("/"):
        return Landing(target, base)
    return Landing(posixpath.dirname(target), posixpath.basename(target))


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
