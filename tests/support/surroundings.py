"""An environment that is anybody's: without what the developer's shell says to the programs under test."""

from __future__ import annotations

import os

_DEVELOPERS = ("FABRIC_", "FORCE_COLOR", "GIT_", "INVOKE_", "PIP_", "PYTHON", "RSYNC_", "SSH_")
_FROM_SCRIPT_BUILD = "SSH_TRANSPORT_CHECKOUT"


def anybodys() -> dict[str, str]:
    """Return the variables of this process but the developer's own."""
    return {name: value for name, value in os.environ.items() if not _is_the_developers(name)}


def forget_the_developers() -> None:
    """Take them out of this process: what it starts inherits only what a test has set."""
    for name in filter(_is_the_developers, list(os.environ)):
        del os.environ[name]


def _is_the_developers(name: str) -> bool:
    return name.startswith(_DEVELOPERS) and name != _FROM_SCRIPT_BUILD
