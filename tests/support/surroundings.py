"""An environment that is anybody's: without what the developer's shell says to the programs under test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_DEVELOPERS = ("FABRIC_", "FORCE_COLOR", "GIT_", "INVOKE_", "PIP_", "PYTHON", "RSYNC_", "SSH_")
_FROM_SCRIPT_BUILD = "SSH_TRANSPORT_CHECKOUT"


def anybodys() -> dict[str, str]:
    """Return the variables of this process but the developer's own."""
    return {name: value for name, value in os.environ.items() if not _is_the_developers(name)}


def forget_the_developers() -> None:
    """
    Take them out of this process: what it starts inherits only what a test has set.

    And `python3` is an interpreter: the shim of a version manager starts a shell first, which takes ten times as long.
    """
    for name in filter(_is_the_developers, list(os.environ)):
        del os.environ[name]
    os.environ["PATH"] = _without_shims(os.environ["PATH"])


def _is_the_developers(name: str) -> bool:
    return name.startswith(_DEVELOPERS) and name != _FROM_SCRIPT_BUILD


def _without_shims(path: str) -> str:
    """Return a `PATH` whose first `python3` is no script, where there is another one."""
    places = path.split(os.pathsep)
    shims = {place for place in places if _is_script(Path(place, "python3"))}
    without = os.pathsep.join(place for place in places if place not in shims)
    return without if shutil.which("python3", path=without) else path


def _is_script(program: Path) -> bool:
    return program.is_file() and program.read_bytes().startswith(b"#!")
