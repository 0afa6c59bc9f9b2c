"""Who may log in to a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on

if TYPE_CHECKING:
    from ssh_transport.box import Box

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
    """The login user's ``authorized_keys``: lines without comments, modes of file and directory (0: missing)."""

    lines: tuple[str, ...]
    directory_mode: int
    file_mode: int

    @property
    def is_private(self) -> bool:
        """Whether the directory has mode 0700 and the file 0600."""
        return (self.directory_mode, self.file_mode) == (0o700, 0o600)

    def allows(self, material: str) -> bool:
        """Whether a line contains this key material, whatever its options."""
        return any(material in line.split() for line in self.lines)


def authorized_keys(box: Box) -> AuthorizedKeys:
    """Read the file; a missing one has no lines and mode 0."""
    directory, file, *lines = [*shell.run(box, _READ).stdout.split("\n"), "", ""]
    used = tuple(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return AuthorizedKeys(used, _octal(directory), _octal(file))


def _octal(text: str) -> int:
    return int(text, 8) if text and set(text) <= set("01234567") else 0
