"""The options of rsync that a copy has whoever calls it: this machine, or one box to reach another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import seeds
from .sftp import PARTIAL_DIRECTORY as SFTP_PARTIAL_DIRECTORY
from .staged import STAGING_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .request import Options

# Of any kind: as links in a hostile tree they would lead our own partial files astray.
_NEVER_COPIED = [f"--exclude={name}" for name in (seeds.PARTIAL_DIRECTORY, SFTP_PARTIAL_DIRECTORY, STAGING_DIRECTORY)]
_TELLS_NOTHING = frozenset(
    {"--no-verbose", "--no-human-readable", "--no-inc-recursive", "--links", "--protect-args", *_NEVER_COPIED}
)
_TELLS_NOTHING_HOWEVER = ("--rsync-path=", "--checksum-choice=")


def common(options: Options, *, inplace: bool) -> list[str]:
    """
    Return the words for what was asked for, but for ``--delete``.

    :param inplace: whether files are overwritten; else half files lie in the partial directory.
    """
    return [
        "--no-human-readable",
        "--copy-links" if options.copy_links else "--links",
        "--protect-args",
        *(["--inplace"] if inplace else [f"--partial-dir={seeds.PARTIAL_DIRECTORY}"]),
        *(["--delay-updates"] if options.atomic else []),
        *_NEVER_COPIED,
        *(f"--exclude={pattern}" for pattern in options.exclude),
        *([f"--bwlimit={options.bwlimit}"] if options.bwlimit else []),
    ]


def telling(words: Iterable[str]) -> list[str]:
    """Return the words that tell a person something: compression, where half files are, what was asked for."""
    return [word for word in words if word not in _TELLS_NOTHING and not word.startswith(_TELLS_NOTHING_HOWEVER)]
