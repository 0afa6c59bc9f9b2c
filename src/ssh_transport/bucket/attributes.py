"""Modes and times that what is carried from here has: a box that sets them at once leaves the copy nothing to do."""

from __future__ import annotations

import posixpath
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.request.landing import own_name

from .far import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .job import Job

# Set-user-ID and the like are left to the copy.
_PLAIN, _OWNER = 0o777, 0o700


def order(job: Job) -> dict[str, Any]:
    """
    Return what is added to the order of `worker`: of what is a file of this machine, the mode of each; and of the
    directories that they are in at the target, the deepest first, name, mode and time.
    """
    if not job.request.source.is_here:
        return {}
    follow = job.request.options.copy_links
    modes = [_look(Path(job.source_root, one.name), follow=follow) for one in job.files]
    needed = [one for one in job.files if one.target is not None]
    # Of what gets another name, which is one file alone, no directory is copied.
    above = {name for one in needed if one.target == one.name for name in _above(one.name)}
    if own_name(job.request.source.path):
        above.discard("")
    directories = ((name, _look(Path(job.source_root, name), follow=follow)) for name in above)
    # What its owner may not write has still to take what the copy adds.
    fit = ((name, *look) for name, look in directories if look and look[0] & _OWNER == _OWNER)
    found = sorted(fit, key=lambda one: -len(one[0]))
    return {
        "modes": [look[0] if look else None for look in modes],
        "directories": [(told(name), mode, mtime_ns) for name, mode, mtime_ns in found],
    }


def _above(name: str) -> Iterator[str]:
    while name:
        name = posixpath.dirname(name)
        yield name


def _look(path: Path, *, follow: bool) -> tuple[int, int] | None:
    try:
        about = path.stat(follow_symlinks=follow)
    except OSError:
        return None
    return stat.S_IMODE(about.st_mode) & _PLAIN, about.st_mtime_ns
