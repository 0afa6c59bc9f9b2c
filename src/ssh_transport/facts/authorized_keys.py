"""Who may log in to a box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on

from .authorized_entries import FILES, parsed

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .authorized_entries import Entry

_READ = relying_on(
    """
cd "$HOME" || exit
for path in .ssh .ssh/authorized_keys; do stat -L -c %a "$path" 2>/dev/null || echo 0; done
cat .ssh/authorized_keys 2>/dev/null || :
""",
    "stat",
    "cat",
)


@dataclass(frozen=True)
class AuthorizedKeys:
    """The login user's ``authorized_keys``: text, keys, modes of file and directory (0: missing)."""

    text: str
    entries: tuple[Entry, ...]
    directory_mode: int
    file_mode: int

    @property
    def is_private(self) -> bool:
        """Whether the directory has mode 0700 and the file 0600."""
        return (self.directory_mode, self.file_mode) == (0o700, 0o600)

    def entry_for(self, material: str) -> Entry | None:
        """
        Return the line that lets this key in from anywhere, with whatever options; `None` if there is none.

        It is the first of several: as sshd(8), which looks no further.
        """
        now = datetime.now(UTC)
        same = (entry for entry in self.entries if entry.material == material)
        return next((entry for entry in same if entry.lets_in_anyone_with_it(now)), None)


def authorized_keys(box: Box) -> AuthorizedKeys:
    """Read the file; a missing one has no keys and mode 0."""
    directory, file, text = [*shell.run(box, _READ).stdout.split("\n", 2), "", ""][:3]
    return AuthorizedKeys(text, (*parsed(FILES[0], text),), _octal(directory), _octal(file))


def _octal(text: str) -> int:
    return int(text, 8) if text and set(text) <= set("01234567") else 0
