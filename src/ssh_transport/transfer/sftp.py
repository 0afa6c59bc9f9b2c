"""
The SFTP engine, for when rsync is missing at an end: files that differ in size or time are sent, whole or from where
the partial file ends, and appear under their final name when they are complete.
"""

from __future__ import annotations

import math
import posixpath
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.errors import EndpointTooWeak, Incomplete, NoSuchPath, UsageError
from ssh_transport.facts.round_trip import round_trip_s
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import seeds
from .engine import Plan
from .persist import Dropped
from .trees import Entry, Here, There, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

    from .engine import Progress
    from .request import Request

PARTIAL_DIRECTORY = ".sftp-partial"
# Neither engine copies what the other left, nor links of these names in a hostile tree.
_LEFT_OUT = frozenset({PARTIAL_DIRECTORY, seeds.PARTIAL_DIRECTORY})
_CHUNK_BYTES = 1 << 18
_DEEPEST = 100


class Sftp:
    """One copy over the Fabric connection."""

    name = "sftp"

    def __init__(self, box: Box, request: Request) -> None:
        options = request.options
        wanted = {
            "--delete": options.delete,
            "--exclude": options.exclude,
            "--bwlimit": options.bwlimit,
            "--copy-links": options.copy_links,
        }
        if unable := [flag for flag, on in wanted.items() if on]:
            raise UsageError(
                f"the SFTP engine has no {' and no '.join(unable)}",
                hint=f"install rsync at both ends: ssh {box.name} apt-get install rsync",
            )
        self._box = box
        self._request = request
        self._timeout_s = TransferSettings.of(box.c).silence_s
        self._todo: list[tuple[str, Entry]] = []
        self._origin = self._base = ""
        self.wire_bytes = 0

    def prepare(self) -> None:
        """Nothing: SFTP leaves no ghosts that could harm, and directories are made as they are met."""

    def plan(self) -> Plan:
        """Compare both sides by name, kind, size and time."""
        source, target = self._sides()
        # Once: what the first attempt makes would be taken for another target by the second.
        origin, base, top = self._ends(source, target)
        self._origin, self._base = origin, base
        found = [(base, top), *((posixpath.join(base, name), entry) for name, entry in _walk(source, origin, top))]
        self._todo = [(path, entry) for path, entry in found if not _same(target.look(path), entry)]
        files = [entry for _, entry in self._todo if entry.kind == "f"]
        return Plan(
            files=len(files),
            bytes=sum(entry.size for entry in files),
            changes=[f"{entry.kind} {path}" for path, entry in self._todo],
            links=sum(entry.kind == "l" for _, entry in self._todo),
        )

    def sow(self, plan: Plan) -> None:
        """Nothing: a partial file is made when its turn comes."""

    def attempt(self, progress: Progress, tick: Callable[[], None]) -> None:
        """Copy what is missing; directories get their modes and times last, when nothing changes them any more."""
        before = self.wire_bytes
        progress.done_bytes = 0
        try:
            self._copy(progress, tick)
        except (EOFError, TimeoutError, ConnectionError, paramiko.SSHException) as exc:
            cause = str(exc).strip(": ") or "the connection closed"
            raise Dropped(self._box.name, cause, progressed=self.wire_bytes > before) from exc

    def finish(self, plan: Plan) -> None:
        """Nothing: partial directories go with the last file in them."""

    def _copy(self, progress: Progress, tick: Callable[[], None]) -> None:
        source, target = self._sides()
        top, base = self._origin, self._base
        _make_parents(target, posixpath.dirname(base))
        for path, entry in self._todo:
            progress.current = posixpath.relpath(path, posixpath.dirname(base))
            origin = posixpath.join(top, posixpath.relpath(path, base)) if path != base else top
            for count in self._one(source, origin, target, path, entry):
                progress.done_bytes += count
                progress.wire_bytes = self.wire_bytes
                tick()
        for path, entry in reversed(self._todo):
            if entry.kind == "d":
                target.settle(path, entry)

    def _sides(self) -> tuple[Tree, Tree]:
        try:
            with self._box.within(self._timeout_s):
                sftp = self._box.connection.sftp()
        except (paramiko.SFTPError, paramiko.SSHException, EOFError) as exc:
            if round_trip_s(self._box) == math.inf:
                raise
            # The link lives: it is the subsystem that was refused.
            _, reach = self._box.platform
            hint = reach.better or "copy the direct TCP endpoint from the platform's console"
            raise EndpointTooWeak(f"`{self._box.name}` has no SFTP", cause=str(exc), hint=hint) from exc
        sftp.get_channel().settimeout(self._timeout_s)
        here, there = Here(), There(sftp, self._box.name)
        return (there, here) if self._request.pull else (here, there)

    def _ends(self, source: Tree, target: Tree) -> tuple[str, str, Entry]:
        """
        Return where the source is, where it lands by rsync's rules for trailing slashes, and what it is.

        :raises NoSuchPath: there is no source.
        :raises UsageError: a directory would have to go where a file is.
        """
        given, goal = self._request.source, self._request.target
        origin = given.rstrip("/") or "/"
        name = posixpath.basename(origin)
        if given.endswith("/"):
            # The contents of what a link leads to, as for rsync.
            origin = source.real(origin) or origin
        top = source.look(origin)
        if top is None:
            raise NoSuchPath(f"there is no `{one_line(origin)}`", box=self._box.name)
        there = target.real(goal.rstrip("/") or "/")
        stands = target.look(there) if there else None
        if stands is not None and stands.kind != "d" and (top.kind == "d" or goal.endswith("/")):
            raise UsageError(f"`{one_line(goal)}` is no directory", hint="name another target with --to")
        into = goal.endswith("/") or (stands is not None and stands.kind == "d")
        goal = there if there and stands is not None and stands.kind == "d" else goal.rstrip("/") or "/"
        if top.kind == "d":
            return origin, goal if given.endswith("/") else posixpath.join(goal, name), top
        return origin, posixpath.join(goal, name) if into else goal, top

    def _one(self, source: Tree, origin: str, target: Tree, path: str, entry: Entry) -> Iterator[int]:
        """Bring one entry about, yielding the bytes of it that are done."""
        there = target.look(path)
        if _same(there, entry):
            yield entry.size if entry.kind == "f" else 0
            return
        if there is not None and there.kind not in {entry.kind, "d"}:
            target.remove(path)
            there = None
        if there is not None and there.kind == "d" and entry.kind != "d":
            raise Incomplete(f"a directory stands where a file must be: `{one_line(path)}`", box=self._box.name)
        if entry.kind == "d" and there is None:
            target.mkdir(path)
        elif entry.kind == "l":
            if there is not None:
                target.remove(path)
            target.link(entry.link, path)
        elif entry.kind == "f":
            yield from self._file(source, origin, target, path, entry)

    def _file(self, source: Tree, origin: str, target: Tree, path: str, entry: Entry) -> Iterator[int]:
        directory = posixpath.join(posixpath.dirname(path), PARTIAL_DIRECTORY)
        # The name holds what the content depends on: a partial of another version is never continued.
        partial = posixpath.join(directory, f"{posixpath.basename(path)}.{entry.size}-{entry.mtime_s}")
        if target.look(directory) is None:
            target.mkdir(directory, private=True)
        begun = target.look(partial)
        if begun is not None and (begun.kind != "f" or begun.size > entry.size):
            target.remove(partial)
            begun = None
        offset = begun.size if begun else 0
        yield offset
        with source.read(origin, offset, entry.size) as reader, target.append(partial) as writer:
            while offset < entry.size and (data := reader.read(min(_CHUNK_BYTES, entry.size - offset))):
                writer.write(data)
                offset += len(data)
                self.wire_bytes += len(data)
                yield len(data)
        if (now := target.look(partial)) is None or now.size != entry.size or source.look(origin) != entry:
            raise Incomplete(
                f"`{one_line(origin)}` changed while it was copied", box=self._box.name, hint="run it again"
            )
        target.settle(partial, entry)
        target.rename(partial, path)
        target.rmdir(directory)


def _walk(tree: Tree, path: str, entry: Entry, below: str = "", depth: int = 0) -> Iterator[tuple[str, Entry]]:
    """Yield what is below a directory, parents first; links are not followed."""
    if entry.kind != "d":
        return
    if depth > _DEEPEST:
        raise Incomplete(f"more than {_DEEPEST} directories deep: `{one_line(below)}`")
    for name, child in tree.names(path):
        if name in _LEFT_OUT or child.kind == "o":
            continue
        inner = posixpath.join(below, name)
        yield inner, child
        yield from _walk(tree, posixpath.join(path, name), child, inner, depth + 1)


def _same(there: Entry | None, entry: Entry) -> bool:
    if there is None or there.kind != entry.kind:
        return False
    if entry.kind == "l":
        return there.link == entry.link
    if entry.kind == "d":
        return (there.mode, there.mtime_s) == (entry.mode, entry.mtime_s)
    return there == entry


def _make_parents(tree: Tree, path: str) -> None:
    if path in {"", "/", "."} or tree.look(path) is not None:
        return
    _make_parents(tree, posixpath.dirname(path))
    tree.mkdir(path)
