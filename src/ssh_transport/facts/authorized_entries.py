"""Parses `authorized_keys` line by line, as sshd(8) does."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ssh_transport.errors import Incomplete, PermissionRefused
from ssh_transport.errors.commands import on_box, typed

from .login_files import login_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box

    from .heads import Head
    from .login_files import LoginFiles

# The default of AuthorizedKeysFile in sshd_config(5).
FILES = (".ssh/authorized_keys", ".ssh/authorized_keys2")

# One word: it may have quoted parts with spaces, in which `\"` is a quote.
_WORD = re.compile(r'[ \t]*((?:"(?:\\"|[^"])*"|[^ \t"])+)')
_QUOTED = re.compile(r'"(?:\\"|[^"])*"')
_EXPIRES = re.compile(r'(?i)(?:^|,)expiry-time="([^"]*)"')
# An `environment=` option may contain a secret.
_VALUE = re.compile(r'(?i)(\benvironment="[^"=]*=)(?:\\"|[^"])*')
# All that sshd(8) knows: it passes over a line with any other.
_KNOWN_OPTIONS = frozenset(
    {
        *("agent-forwarding", "cert-authority", "command", "environment", "expiry-time", "from", "no-agent-forwarding"),
        *("no-port-forwarding", "no-pty", "no-touch-required", "no-user-rc", "no-x11-forwarding", "permitlisten"),
        *("permitopen", "port-forwarding", "principals", "pty", "restrict", "touch-required", "tunnel", "user-rc"),
        *("verify-required", "x11-forwarding"),
    }
)
# How sshd(8) writes a time: a day, with minutes, with seconds; each in UTC with a `Z` behind it.
_TIMES = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True)
class Entry:
    """A key that may log in: its file and line number, options, type, base64 material and comment."""

    file: str
    number: int
    options: str
    type: str
    material: str
    comment: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint as OpenSSH prints it: ``SHA256:...``."""
        digest = hashlib.sha256(base64.b64decode(self.material)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def is_authority(self) -> bool:
        """Whether it is a certificate authority: every certificate that it signed may log in, not the key itself."""
        return "cert-authority" in self.option_names

    def lets_in_anyone_with_it(self, now: datetime) -> bool:
        """
        Whether the key itself may log in, from anywhere and at this time.

        A time without a zone is the box's own, of which nothing is known: it is taken for UTC.
        """
        names = set(self.option_names)
        if names & {"cert-authority", "from"} or not names <= _KNOWN_OPTIONS:
            return False
        if "expiry-time" not in names:
            return True
        expires = _EXPIRES.search(self.options)
        until = _time(expires[1]) if expires else None
        return until is not None and now < until

    @property
    def shown_options(self) -> str:
        """The options, without the values of variables."""
        return _VALUE.sub(r"\1...", self.options)

    @property
    def option_names(self) -> list[str]:
        """The options without their values, in lower case."""
        return [option.partition("=")[0].lower() for option in _QUOTED.sub("", self.options).split(",") if option]


def authorized_files(box: Box) -> tuple[LoginFiles, list[Head]]:
    """
    Read the `authorized_keys` files of the login user; a missing one is left out.

    :raises BoxError: one can't be read, or is larger than 256 KiB.
    """
    files = login_files(box, *(f"keys:{path}" for path in FILES))
    for head in files.of("keys"):
        if not head.data and head.size_bytes:
            raise PermissionRefused(f"`~/{head.path}` can't be read", box=box.name)
        if len(head.data) != head.size_bytes:
            hint = f"is it being written, or larger than 256 KiB? {on_box(box.name, f'ls -l {typed(head.path)}')}"
            raise Incomplete(f"`~/{head.path}` was not read whole", box=box.name, hint=hint)
    return files, files.of("keys")


def entries_of(head: Head) -> Iterator[Entry]:
    """Yield the keys in a file; comments, blank lines, and lines that sshd could not parse are skipped."""
    yield from parsed(head.path, head.data.decode("utf-8", "surrogateescape"))


def parsed(file: str, text: str) -> Iterator[Entry]:
    """Yield the keys in the text of a file, as `entries_of` does."""
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \t\r")
        if entry := None if line.startswith("#") else _entry(file, number, line):
            yield entry


def _entry(file: str, number: int, line: str) -> Entry | None:
    first = _WORD.match(line)
    if not first:
        return None
    for options, rest in (("", line), (first[1], line[first.end() :].lstrip(" \t"))):
        words = re.split(r"[ \t]+", rest, maxsplit=2)
        if len(words) > 1 and _is_key(words[0], words[1]):
            # Encode it again: the unused last bits of base64 may differ for the same key.
            material = base64.b64encode(base64.b64decode(words[1])).decode()
            return Entry(file, number, options, words[0], material, words[2] if len(words) > 2 else "")  # noqa: PLR2004
    return None


def _is_key(name: str, material: str) -> bool:
    try:
        blob = base64.b64decode(material, validate=True)
        wanted = name.encode("ascii")
    except ValueError:
        return False
    # The blob begins with its own type as a string (RFC 4253 §6.6).
    return blob.startswith(len(wanted).to_bytes(4, "big") + wanted)


def _time(text: str) -> datetime | None:
    digits = text.removesuffix("Z").removesuffix("z")
    try:
        return datetime.strptime(digits, _TIMES[len(digits)]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
