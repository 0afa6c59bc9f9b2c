"""How to copy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ssh_transport.box.share import LEAST_BYTES_S, bytes_per_s
from ssh_transport.errors import UsageError
from ssh_transport.link.streams import check as check_streams

ENGINES = ("auto", "rsync", "sftp")
_RATE = re.compile(r"\d+(\.\d+)?[KMGkmg]?")


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    How to copy; the words are rsync's, but for some.

    ``atomic`` is its ``--delay-updates``, ``engine`` one of `ENGINES`; with ``install_rsync`` a box without rsync gets
    it first; ``allow`` and ``fix_crlf`` are for the guards of a push; ``forward_agent`` lets a copy from box to box use
    this machine's agent. ``streams`` is how many connections rsync goes over, ``auto`` for as many as help, empty for
    the setting. ``max_delete`` is how many names ``delete`` may delete; `None` allows what is no mistake, see
    `deletion.check`. With ``verify``, both ends are compared afterwards, so nothing is copied where they can't be.
    Nothing but the files ``only`` is copied unless it is `None`, relative to a source that ends in a slash; with
    ``only_links`` what it names may be links too. ``gone`` are then the names at the target that ``delete`` deletes;
    `None` stands for all that the source lacks. ``via`` is the name of the relay by way of which goes what can. With
    ``follows_at_target`` a comparison takes links there for what they lead to: seen from its target, a copy with
    ``copy_links`` is such a one.
    """

    copy_links: bool = False
    delete: bool = False
    exclude: tuple[str, ...] = ()
    bwlimit: str = ""
    inplace: bool = False
    atomic: bool = False
    dry_run: bool = False
    allow: tuple[str, ...] = ()
    fix_crlf: bool = False
    engine: str = "auto"
    install_rsync: bool = False
    only: tuple[str, ...] | None = None
    only_links: bool = False
    gone: tuple[str, ...] | None = None
    forward_agent: bool = False
    streams: str = ""
    max_delete: int | None = None
    verify: bool = False
    via: str = ""
    follows_at_target: bool = False

    @property
    def deletes_extra(self) -> bool:
        """Whether all goes that only the target has."""
        return self.delete and self.gone is None

    def __post_init__(self) -> None:
        if self.bwlimit and not _RATE.fullmatch(self.bwlimit):
            raise UsageError(
                f"`{self.bwlimit}` is no rate", hint="kilobytes per second, or with a suffix: --bwlimit=10M"
            )
        if 0 < bytes_per_s(self.bwlimit) < LEAST_BYTES_S:
            raise UsageError(f"`{self.bwlimit}` is too slow", hint="half a kilobyte per second is the least")
        if self.engine not in ENGINES:
            raise UsageError(f"`{self.engine}` is no engine", hint=f"--engine={'|'.join(ENGINES)}")
        if self.streams:
            check_streams(self.streams)
        if self.engine == "sftp" and self.streams.isdigit() and self.streams != "1":
            raise UsageError("several connections are for rsync, not for --engine=sftp", hint="leave one out")
        if self.max_delete is not None and not self.delete:
            raise UsageError("--max-delete is of no use without --delete", hint="add --delete, or leave it out")
        if self.max_delete is not None and self.max_delete < 0:
            raise UsageError(f"`--max-delete={self.max_delete}` is no number of names", hint="0 or more")
        if self.inplace and self.atomic:
            raise UsageError("--inplace shows files at once, --atomic only when all are there", hint="leave one out")
        self._check_via()
        if self.install_rsync and self.engine == "sftp":
            raise UsageError("--install-rsync is of no use to --engine=sftp", hint="leave one of the two out")

    def _check_via(self) -> None:
        if self.via and self.bwlimit:
            raise UsageError("--bwlimit is for ssh, and --via goes another way", hint="leave one out")
        if self.via and self.atomic:
            raise UsageError("--via gives files their names before --atomic would", hint="leave one out")
