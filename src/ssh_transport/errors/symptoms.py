"""Maps messages of the C library and OpenSSH on standard error to our errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import TaskError

_DISK: Mapping[str, type[TaskError]] = {
    r"No space left on device|Disk quota exceeded": errors.NoSpace,
    r"Read-only file system": errors.ReadOnly,
}

_BOX: Mapping[str, type[TaskError]] = {
    **_DISK,
    r"Permission denied|Operation not permitted": errors.PermissionRefused,
    r"No such file or directory|Not a directory": errors.NoSuchPath,
}

_LINK: Mapping[str, type[TaskError]] = {
    r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed": errors.HostKeyChanged,
    r"Permission denied \([a-z,-]+\)|Too many authentication failures": errors.LoginRefused,
    r"Could not resolve hostname": errors.NameNotFound,
}


def error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for the first file or disk message that matches, or `None`."""
    return _first(_BOX, stderr)


def disk_error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for a message about a whole disk (full, read-only), or `None`."""
    return _first(_DISK, stderr)


def link_error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for an `ssh` failure that retrying can't fix, or `None`."""
    return _first(_LINK, stderr)


def _first(table: Mapping[str, type[TaskError]], stderr: str) -> type[TaskError] | None:
    return next((error for pattern, error in table.items() if re.search(pattern, stderr)), None)
