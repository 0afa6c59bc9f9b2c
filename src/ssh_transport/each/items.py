"""What a directory holds, as copies of their own: one for each directory in it, one for all that lies beside them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.facts.directory import normal
from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.request.landing import landing, own_name
from ssh_transport.request.patterns import Excluded
from ssh_transport.text import one_line
from ssh_transport.transfer.fit import check_pairs
from ssh_transport.trees import check_no_link, tree_of
from ssh_transport.trees.there import speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.request.options import Options
    from ssh_transport.request.request import Request
    from ssh_transport.trees.tree import Entry, Tree

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


def items(request: Request) -> list[Item]:
    """
    List both ends, one level deep; together the items copy what the request alone would, to the same places.

    The last one is what lies beside the directories: it gives the directory above them its mode and time.

    :raises NoSuchPath: there is no source.
    :raises UsageError: the source or target is no directory.
    """
    path = request.source.path
    with speaking(request.box):
        source, target = tree_of(request.source), tree_of(request.target)
        _check_source(source, request)
        entries = source.names(normal(path), follow=request.options.copy_links)
        found = landing(request, source_is_directory=True, target_is_directory=True).path
        holder = f"{found.rstrip('/')}/"
        if own_name(path):
            check_no_link(request.target, normal(holder))
        stands = _standing(target, holder)
    below = _below(request.options, own_name(path))
    excluded = Excluded(below.exclude)
    if not request.options.dry_run:
        stay = (name for name, entry in entries.items() if not excluded(name, is_directory=entry.kind == "d"))
        with speaking(request.box):
            check_pairs(request.target, (name for name in stay if name not in LEFT_OUT))
    names = [name for name, entry in sorted(entries.items()) if entry.kind == "d" and name not in LEFT_OUT]
    contents = f"{normal(path).rstrip('/')}/"

    def item(name: str, path: str, exclude: Sequence[str], *, is_there: bool) -> Item:
        source = replace(request.source, path=path)
        made = replace(request, source=source, target=replace(request.target, path=holder))
        at = holder if name == BESIDE else posixpath.join(holder, name)
        made = made.with_options(replace(below, exclude=tuple(exclude)))
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
    given = request.source.path
    path, shown = normal(given), one_line(given)
    top = source.look(path, follow=given.endswith("/") or request.options.copy_links)
    if top is None:
        raise NoSuchPath(f"there is no directory `{shown}`")
    if top.kind == "l":
        raise UsageError(f"`{shown}` is a symlink", hint="a trailing slash follows it")
    if top.kind != "d":
        task = "pull" if request.target.is_here else "push"
        raise UsageError(f"`{shown}` is no directory", hint=f"one file takes transfer.{task}")


def _standing(target: Tree, landing: str) -> dict[str, Entry]:
    top = target.look(normal(landing), follow=True)
    if top is None:
        return _NOTHING
    if top.kind != "d":
        raise UsageError(f"`{one_line(landing)}` is no directory", hint="name another target with --to")
    return dict(target.names(normal(landing)))


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
