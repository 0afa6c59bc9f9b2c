"""Audits a box: its files are read in two round trips and classified here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.facts.directory import normal
from ssh_transport.facts.leaked_secrets import REQUESTS, shared_roots
from ssh_transport.facts.login_files import CREDENTIALS, login_files
from ssh_transport.facts.own_keys import own_keys
from ssh_transport.facts.search import search

from . import exposed, leftovers, login
from .box_files import BoxFiles

if TYPE_CHECKING:
    from collections.abc import Collection

    from ssh_transport.box import Box
    from ssh_transport.facts.login_files import LoginFiles

    from .finding import Finding

_REQUESTS = (
    *REQUESTS,
    *(f"named:{pattern}" for pattern in CREDENTIALS),
    *(f"ssh:{pattern}" for pattern in (".ssh", ".ssh/*", ".ssh/.[!.]*", ".ssh/*/*")),
    *(f"client:/etc/ssh/{pattern}" for pattern in ("ssh_config", "ssh_config.d/*")),
    "leftover:/tmp/ssh-transport.??????",
)
_DEPTH = 3


def examine_box(box: Box) -> list[Finding]:
    """
    Return the findings on a box; nothing is changed there.

    The content that was read is neither stored nor printed: a finding only has its path and kind.
    """
    box_files = _read(box)
    checks = (login.examine, exposed.examine, leftovers.examine)
    return [finding for check in checks for finding in check(box_files)]


def secrets_on(box: Box, known: Collection[str]) -> tuple[list[Finding], list[str]]:
    """
    Return all that holds a secret on a box, private keys too, and what could not be searched to the end.

    :param known: paths that are left out, those in the home without it.
    """
    box_files = _read(box)
    found = [*login.private_keys(box_files), *exposed.held(box_files, known)]
    looks = (box_files.files, box_files.search)
    return found, [path for look in looks for path in (*look.unread, *look.cut_short)]


def _read(box: Box) -> BoxFiles:
    box.require("exec")
    profile, _ = box.platform
    files = login_files(box, *_REQUESTS)
    return BoxFiles(box, profile, files, search(box, _roots(box, files)), own_keys(box))


def _roots(box: Box, files: LoginFiles) -> list[tuple[str, int]]:
    """Return the directories to search with a depth: the top level of the home, and the data and shared directories."""
    profile, _ = box.platform
    shared = shared_roots(profile, files)
    data = [
        (normal(files.home + path[1:] if path.startswith("~") else path), _DEPTH)
        for path in (profile.directories.scratch, profile.directories.durable)
        if path
    ]
    deeper = {path: depth for path, depth in (*data, *shared) if path != files.home}
    return [(files.home, 1), *deeper.items()]
