"""
The SFTP engine, for when rsync is missing at an end: files that differ in size or time are sent, whole or from where
the partial file ends, and appear under their final name when they are complete.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.errors import Incomplete, NoSuchPath, UsageError
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from .engine import Plan
from .persist import Dropped
from .trees import Entry, Here, There, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

    from .engine import Progress
    from .request import Request

_PARTIAL_DIRECTORY = ".sftp-partial"
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
        self.wire_bytes = 0

    def prepare(self) -> None:
        """Nothing: SFTP leaves no ghosts that could harm, and directories are made as they are met."""

    def plan(self) -> Plan:
        """Compare both sides by name, kind, size and time."""
        source, target = self._sides()
        root = self._request.source.rstrip("/") or "/"
        top = source.look(root)
        if top is None:
            raise NoSuchPath(f"there is no `{one_line(root)}`", box=self._box.name)
        base = self._base(target, top)
        found = [(base, top), *((posixpath.join(base, name), entry) for name, entry in _walk(source, root))]
        self._todo = [(path, entry) for path, entry in found if not _same(target.look(path), entry)]
        files = [entry for _, entry in self._todo if entry.kind == "f"]
        return Plan(
            files=len(files),
            bytes=sum(entry.size for entry in files),
            changes=[f"{entry.kind} {path}" for path, entry in self._todo],
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
        top = self._request.source.rstrip("/") or "/"
        base = self._base(target, source.look(top) or Entry(0))
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
        sftp = self._box.connection.sftp()
        sftp.get_channel().settimeout(self._timeout_s)
        here, there = Here(), There(sftp, self._box.name)
        return (there, here) if self._request.pull else (here, there)

    def _base(self, target: Tree, top: Entry) -> str:
        """Return where the source itself lands, by rsync's rules for trailing slashes."""
        source, goal = self._request.source, self._request.target
        name = posixpath.basename(source.rstrip("/"))
        into = goal.endswith("/") or ((found := target.look(goal)) is not None and found.kind == "d")
        goal = goal.rstrip("/") or "/"
        if top.kind == "d":
            return goal if source.endswith("/") else posixpath.join(goal, name)
        return posixpath.join(goal, name) if into else goal

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
        directory = posixpath.join(posixpath.dirname(path), _PARTIAL_DIRECTORY)
        # The name holds what the content depends on: a partial of another version is never continued.
        partial = posixpath.join(directory, f"{posixpath.basename(path)}.{entry.size}-{entry.mtime_s}")
        if target.look(directory) is None:
            target.mkdir(directory)
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


def _walk(tree: Tree, root: str, below: str = "", depth: int = 0) -> Iterator[tuple[str, Entry]]:
    if (found := tree.look(posixpath.join(root, below))) is None or found.kind != "d":
        return
    if depth > _DEEPEST:
        raise Incomplete(f"more than {_DEEPEST} directories deep: `{one_line(below)}`")
    for name, entry in tree.names(posixpath.join(root, below)):
        if name == _PARTIAL_DIRECTORY or entry.kind == "o":
            continue
        path = posixpath.join(below, name)
        yield path, entry
        if entry.kind == "d":
            yield from _walk(tree, root, path, depth + 1)


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
