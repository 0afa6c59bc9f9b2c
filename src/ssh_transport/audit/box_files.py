"""The files of one box that the audit has read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ssh_transport.errors.commands import on_box
from ssh_transport.facts.shared_disks import why_shared

from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.heads import Head
    from ssh_transport.facts.login_files import LoginFiles
    from ssh_transport.facts.search import SearchResult
    from ssh_transport.platforms.profile import Profile


@dataclass(frozen=True)
class BoxFiles:
    """The files of the login user, the result of the directory search, and the user's own keys by fingerprint."""

    box: Box
    profile: Profile
    files: LoginFiles
    search: SearchResult
    own: Mapping[str, str]

    @cached_property
    def found(self) -> list[Head]:
        """The files that only the search found, each once."""
        named = {head.real for head in self.files.heads}
        return list({head.real: head for head in self.search.heads if head.real not in named}.values())

    def why_shared(self, head: Head) -> str:
        """Return why others can see a file, or an empty string."""
        path = path_of(head)
        return why_shared(self.profile, path, self.files.filesystem(path))

    def finding(
        self, severity: Literal["warning", "failure"], place: str, what: str, *, why: str, command: str
    ) -> Finding:
        """Return a finding that `command` on the box fixes."""
        return Finding(self.box.name, severity, place, what, why, on_box(self.box.name, command))


def path_of(head: Head) -> str:
    """Return the path of a file, with links resolved if that is known."""
    return head.real or head.path
