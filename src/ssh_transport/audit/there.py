"""What should not be on a box: everything is looked at in two round trips, and judged here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.exposures import WORDS, shared_roots
from ssh_transport.facts.login_files import CREDENTIALS, login_files
from ssh_transport.facts.own_keys import own_keys
from ssh_transport.facts.place import normal
from ssh_transport.facts.searched import searched

from . import leftovers, login, written
from .looked import Looked

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from ssh_transport.facts.login_files import LoginFiles

    from .finding import Finding

_ASKED = (
    *WORDS,
    *(f"named:{pattern}" for pattern in CREDENTIALS),
    *(f"ssh:{pattern}" for pattern in (".ssh", ".ssh/*", ".ssh/.[!.]*", ".ssh/*/*")),
    *(f"client:/etc/ssh/{pattern}" for pattern in ("ssh_config", "ssh_config.d/*")),
    "left:/tmp/ssh-transport.??????",
)
_DEPTH = 3


def examine_box(box: Box) -> list[Finding]:
    """
    Return what is wrong on a box; nothing is changed there.

    What was looked at is neither kept nor shown: a finding says where something stands, and what kind of thing it is.
    """
    box.require("exec")
    profile, _ = box.platform
    files = login_files(box, *_ASKED)
    looked = Looked(box, profile, files, searched(box, _roots(box, files)), own_keys(box))
    checks = (login.examine, written.examine, leftovers.examine)
    return [finding for check in checks for finding in check(looked)]


def _roots(box: Box, files: LoginFiles) -> list[tuple[str, int]]:
    """Return where people drop things: the top of the home, and deeper the data and shared directories."""
    profile, _ = box.platform
    shared = shared_roots(profile, files)
    data = [
        (normal(files.home + path[1:] if path.startswith("~") else path), _DEPTH)
        for path in (profile.directories.scratch, profile.directories.durable)
        if path
    ]
    deeper = {path: depth for path, depth in (*data, *shared) if path != files.home}
    return [(files.home, 1), *deeper.items()]
