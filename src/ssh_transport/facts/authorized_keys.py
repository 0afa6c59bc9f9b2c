"""Who may log in to a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport import shell

if TYPE_CHECKING:
    from ssh_transport.box import Box

_READ = """
cd "$HOME" || exit
for path in .ssh .ssh/authorized_keys; do stat -L -c %a "$path" 2>/dev/null || echo 0; done
cat .ssh/authorized_keys 2>/dev/null || :
"""


@dataclass(frozen=True)
class AuthorizedKeys:
    """The login user's ``authorized_keys``: lines in use, and the modes of file and directory (0: missing)."""

    lines: tuple[str, ...]
    directory_mode: int
    file_mode: int

    @property
    def is_private(self) -> bool:
        """Whether directory and file have the modes that sshd trusts."""
        return (self.directory_mode, self.file_mode) == (0o700, 0o600)

    def allows(self, material: str) -> bool:
        """Whether a line in use holds this key material, whatever options stand before it."""
        return any(material in line.split() for line in self.lines)


def authorized_keys(box: Box) -> AuthorizedKeys:
    """Read who may log in; a missing file reads as no lines and mode 0."""
    directory, file, *lines = [*shell.run(box, _READ).stdout.split("\n"), "", ""]
    used = tuple(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return AuthorizedKeys(used, _octal(directory), _octal(file))


def _octal(text: str) -> int:
    return int(text, 8) if text and set(text) <= set("01234567") else 0
