"""What is to be copied, and what came of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.text import count, one_line, size

from .streams import check as check_streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.manifest import Proof

ENGINES = ("auto", "rsync", "sftp")
_RATE = re.compile(r"\d+(\.\d+)?[KMGkmg]?")


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    How to copy; the words are rsync's, but for some.

    ``atomic`` is its ``--delay-updates``, ``engine`` one of `ENGINES`; with ``install_rsync`` a box without rsync gets
    it first; ``allow`` and ``fix_crlf`` are for the guards of a push; ``forward_agent`` lets a copy from box to box use
    this machine's agent. ``streams`` is how many connections rsync goes over, ``auto`` for as many as help, empty for
    the setting. Nothing but the files ``only`` is copied where it names any, relative to a source that ends in a slash.
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
    only: tuple[str, ...] = ()
    forward_agent: bool = False
    streams: str = ""

    def __post_init__(self) -> None:
        if self.bwlimit and not _RATE.fullmatch(self.bwlimit):
            raise UsageError(
                f"`{self.bwlimit}` is no rate", hint="kilobytes per second, or with a suffix: --bwlimit=10M"
            )
        if self.engine not in ENGINES:
            raise UsageError(f"`{self.engine}` is no engine", hint=f"--engine={'|'.join(ENGINES)}")
        if self.streams:
            check_streams(self.streams)
        if self.engine == "sftp" and self.streams.isdigit() and self.streams != "1":
            raise UsageError("several connections are for rsync, not for --engine=sftp", hint="leave one out")
        if self.inplace and self.atomic:
            raise UsageError("--inplace shows files at once, --atomic only when all are there", hint="leave one out")
        if self.install_rsync and self.engine == "sftp":
            raise UsageError("--install-rsync is of no use to --engine=sftp", hint="leave one of the two out")


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    A copy between this machine and a box.

    ``here`` is absolute and ``there`` absolute or relative to the login user's home; a trailing slash on the source
    means its contents, as for rsync. A copy from box to box is a pull whose ``here`` is a path on the second box.
    """

    pull: bool
    here: str
    there: str
    options: Options

    @property
    def source(self) -> str:
        """The side that is read."""
        return self.there if self.pull else self.here

    @property
    def target(self) -> str:
        """The side that is written."""
        return self.here if self.pull else self.there


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """
    What a copy did; ``wire_bytes`` counts both directions and every attempt, ``proof`` is there if asked for.

    ``streams`` tells of each connection at the end, where there were several, ``heals`` how many were replaced.
    """

    box: str
    source: str
    target: str
    engine: str
    files: int
    bytes: int
    links: int
    deletions: int
    skipped: tuple[str, ...]
    wire_bytes: int
    seconds: float
    attempts: int
    heals: int = 0
    streams: tuple[Mapping[str, float], ...] = ()
    proof: Proof | None = None

    def __str__(self) -> str:
        what = described(self.files, self.bytes, self.links, self.deletions)
        where = f"{one_line(self.source)} -> {one_line(self.target)}"
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        proof = f"\n{self.proof}" if self.proof else ""
        lanes = f" on {count(len(self.streams), 'connection')}" if self.streams else ""
        healed = f", {self.heals} healed" if self.heals else ""
        wire = f"{size(self.wire_bytes)} over the wire{lanes}{healed}"
        return f"{where}: {what} in {self.seconds:.1f} s{tries}; {wire}{proof}"


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """
    What a copy would do, and what it would find at the target.

    ``landing`` is the path that the file or directory will have; ``options`` are the engine's own words; ``skipped`` is
    what would be left out, ``outside_links`` what would lead elsewhere. `None` and empty: the target does not tell.
    """

    box: str
    source: str
    target: str
    landing: str
    engine: str
    options: tuple[str, ...]
    files: int
    bytes: int
    links: int
    directories: int
    deletions: int
    skipped: tuple[str, ...]
    outside_links: tuple[str, ...]
    changes: tuple[str, ...]
    free_bytes: int | None
    free_inodes: int | None
    filesystem: str
    umask: str
    python: str
    dry_run: bool = True

    def __str__(self) -> str:
        what = described(self.files, self.bytes, self.links, self.deletions)
        return f"dry run: {one_line(self.source)} -> {one_line(self.target)}: {what}"


def described(files: int, size_bytes: int, links: int, deletions: int) -> str:
    """Return what a copy does in a few words."""
    said = [f"{count(files, 'file')}, {size(size_bytes)}"] if files else []
    said += [count(links, "symlink")] if links else []
    said += [count(deletions, "deletion")] if deletions else []
    return ", ".join(said) or "nothing to copy"


def pull_request(box: str, path: str, to: str, options: Options) -> Request:
    """
    Read the two paths of a pull.

    :param to: a local path, ``{box}`` in it stands for the box; empty means a directory called like the box.
    """
    name = re.sub(r"[^\w.@:+-]", "_", box)
    here = to.replace("{box}", name) if to else f"{name}/"
    return Request(pull=True, here=local_path(here), there=remote_path(path), options=options)


def push_request(path: str, to: str, options: Options) -> Request:
    """
    Read the two paths of a push.

    :raises NoSuchPath: there is nothing at `path`.
    """
    here = local_path(path)
    if not os.path.lexists(here):
        raise NoSuchPath(f"there is no `{one_line(path)}` on this machine", hint=f"looked at {one_line(here)}")
    return Request(pull=False, here=here, there=remote_path(to), options=options)


def between_request(path: str, to: str, options: Options) -> Request:
    """Read the two paths of a copy from box to box."""
    return Request(pull=True, here=remote_path(to), there=remote_path(path), options=options)


def local_path(path: str) -> str:
    """Return an absolute path, which rsync can't take for an option or a host; a trailing slash stays."""
    _no_nothing(path)
    slash = "/" if path.endswith(("/", "/.")) or path == "." else ""
    try:
        whole = Path(path).expanduser().absolute()
    except RuntimeError as exc:
        raise UsageError(f"`{one_line(path)}` names no user's home", hint="leave `~name` out of the path") from exc
    return str(whole).rstrip("/") + slash or "/"


def remote_path(path: str) -> str:
    """Return a path that no option can be taken for; ``~/`` is left out, logins start at home."""
    _no_nothing(path)
    if path == "~" or path.startswith("~/"):
        path = path[2:].lstrip("/") or "./"
    return path if path.startswith("/") else f"./{path.removeprefix('./')}"


def _no_nothing(path: str) -> None:
    if not path:
        raise UsageError("a path is empty", hint="name one: --path=/ckpt")
    if "\0" in path:
        raise UsageError("a path holds a NUL byte, which no file name can", hint="name one: --path=/ckpt")
