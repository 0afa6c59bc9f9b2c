"""Exceptions that come out of our own code, as far as a traceback tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ssh_transport

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = str(Path(ssh_transport.__file__).with_name("somewhere.py"))


def raises(exc: BaseException) -> None:
    """Raise it there."""
    names: dict[str, Any] = {"__name__": "ssh_transport.somewhere"}
    exec(compile("def fail(exc): raise exc", _FILE, "exec"), names)  # noqa: S102 - our own words
    fail: Callable[[BaseException], None] = names["fail"]
    fail(exc)
