"""What was looked at on one box, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ssh_transport.facts.shared_disks import why_shared

from .finding import Finding, on_box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box
    from ssh_transport.facts.heads import Head
    from ssh_transport.facts.login_files import LoginFiles
    from ssh_transport.facts.searched import Searched
    from ssh_transport.profile import Profile


@dataclass(frozen=True)
class Looked:
    """The files of the login user, the directories that were searched, and the person's own keys by material."""

    box: Box
    profile: Profile
    files: LoginFiles
    searched: Searched
    own: Mapping[str, str]

    @cached_property
    def found(self) -> list[Head]:
        """What the search found, each file once, without what was asked for by name anyway."""
        named = {head.real for head in self.files.heads}
        return list({head.real: head for head in self.searched.heads if head.real not in named}.values())

    def why_shared(self, head: Head) -> str:
        """Return why others see what stands in a file, or nothing."""
        place = place_of(head)
        return why_shared(self.profile, place, self.files.filesystem(place))

    def finding(
        self, severity: Literal["warning", "failure"], place: str, what: str, *, why: str, command: str
    ) -> Finding:
        """Return a finding that a command on the box mends."""
        return Finding(self.box.name, severity, place, what, why, on_box(self.box, command))


def place_of(head: Head) -> str:
    """Return where a file is, its links resolved where that is known."""
    return head.real or head.path
