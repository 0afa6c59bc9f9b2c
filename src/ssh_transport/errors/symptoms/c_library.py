"""Messages of the C library about files and disks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.errors import TaskError

_DISK: Mapping[str, type[TaskError]] = {
    r"No space left on device|Disk quota exceeded": errors.NoSpace,
    r"Read-only file system": errors.ReadOnly,
}

_BOX: Mapping[str, type[TaskError]] = {
    **_DISK,
    r"Permission denied|Operation not permitted": errors.PermissionRefused,
    r"No such file or directory|Not a directory": errors.NoSuchPath,
}


def error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for the first file or disk message that matches, or `None`."""
    return _first(_BOX, stderr)


def disk_error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for a message about a whole disk (full, read-only), or `None`."""
    return _first(_DISK, stderr)


def _first(table: Mapping[str, type[TaskError]], stderr: str) -> type[TaskError] | None:
    return next((error for pattern, error in table.items() if re.search(pattern, stderr)), None)
