"""What a directory holds, as copies of their own: one for each directory in it, one for all that lies beside them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.text import one_line
from ssh_transport.transfer.patterns import Excluded
from ssh_transport.transfer.sftp.here import Here
from ssh_transport.transfer.sftp.there import There, speaking
from ssh_transport.transfer.sftp.tree import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box
    from ssh_transport.transfer.request import Options, Request
    from ssh_transport.transfer.sftp.tree import Entry, Tree

BESIDE = "./"


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    A copy of its own; ``name`` is the directory's, or `BESIDE` for the files and links beside the directories.

    ``landing`` is its path at the target, and ``stands`` says whether anything was there when it was listed.
    """

    name: str
    request: Request
    landing: str
    stands: bool

    @property
    def is_beside(self) -> bool:
        """Whether this is what lies beside the directories."""
        return self.name == BESIDE


def sides(box: Box, request: Request) -> tuple[Tree, Tree]:
    """Return source and target."""
    there, here = There(box, box.sftp), Here()
    return (there, here) if request.pull else (here, there)


def items(box: Box, request: Request) -> list[Item]:
    """
    List both ends, one level deep; together the items copy what the request alone would, to the same places.

    The last one is what lies beside the directories: it gives the directory above them its mode and time.

    :raises NoSuchPath: there is no source.
    :raises UsageError: the source or target is no directory.
    """
    with speaking(box):
        source, target = sides(box, request)
        _check_source(source, request)
        follow = request.options.copy_links
        entries = source.names(_plain(request.source), follow=follow)
        landing = _landing(request)
        stands = _standing(target, landing)
    below = _below(request.options, _base(request))
    excluded = Excluded(below.exclude)
    names = [name for name, entry in sorted(entries.items()) if entry.kind == "d" and name not in LEFT_OUT]
    contents = f"{_plain(request.source).rstrip('/')}/"

    def item(name: str, path: str, exclude: Sequence[str], *, is_there: bool) -> Item:
        options = replace(below, exclude=tuple(exclude))
        here, there = (landing, path) if request.pull else (path, landing)
        made = replace(request, here=here, there=there, options=options)
        at = landing if name == BESIDE else posixpath.join(landing, name)
        return Item(name=name, request=made, landing=at, stands=is_there)

    return [
        *(
            item(name, f"{contents}{name}", below.exclude, is_there=name in stands)
            for name in names
            if not excluded(name, is_directory=True)
        ),
        # First, as the first pattern that fits decides.
        item(BESIDE, contents, ("*/", *below.exclude), is_there=stands is not _NOTHING),
    ]


_NOTHING: dict[str, Entry] = {}


def _check_source(source: Tree, request: Request) -> None:
    path, shown = _plain(request.source), one_line(request.source)
    top = source.look(path, follow=request.source.endswith("/") or request.options.copy_links)
    if top is None:
        raise NoSuchPath(f"there is no directory `{shown}`")
    if top.kind == "l":
        raise UsageError(f"`{shown}` is a symlink", hint="a trailing slash follows it")
    if top.kind != "d":
        task = "pull" if request.pull else "push"
        raise UsageError(f"`{shown}` is no directory", hint=f"one file takes transfer.{task}")


def _standing(target: Tree, landing: str) -> dict[str, Entry]:
    top = target.look(_plain(landing), follow=True)
    if top is None:
        return _NOTHING
    if top.kind != "d":
        raise UsageError(f"`{one_line(landing)}` is no directory", hint="name another target with --to")
    return dict(target.names(_plain(landing)))


def _landing(request: Request) -> str:
    """Return the directory that the items land in, by rsync's rule for trailing slashes; it ends with one."""
    base = _base(request)
    return f"{posixpath.join(request.target, base).rstrip('/')}/"


def _base(request: Request) -> str:
    """Return the name that the source keeps at the target, or nothing where its contents are copied."""
    base = posixpath.basename(request.source)
    return "" if base in {".", ".."} else base


def _below(options: Options, base: str) -> Options:
    """
    Return the options with exclude patterns, and names to allow, as they read one level further down.

    A pattern that is anchored, but not at `base`, would fit nothing in the copy of all: it begins below it as it is. A
    lone ``!`` and what it forgets are left out.
    """
    exclude = list[str]()
    for pattern in options.exclude:
        if pattern == "!":
            exclude.clear()
            continue
        kind = pattern[:2] if pattern.startswith(("+ ", "- ")) else ""
        body = pattern.removeprefix(kind)
        at_base = base and body.startswith(f"/{base}/") and len(body) > len(base) + 2
        exclude.append(kind + (body.removeprefix(f"/{base}") if at_base else body))
    allow = (name.removeprefix(f"{base}/") if base else name for name in options.allow)
    return replace(options, exclude=tuple(exclude), allow=tuple(allow))


def _plain(path: str) -> str:
    return path.rstrip("/") or "/"
