"""From what a dry run of rsync announces to the plan of a copy."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.leftovers import RSYNC_PARTIAL_DIRECTORY
from ssh_transport.request.landing import leads_outside
from ssh_transport.transfer.columns import Changes, Write, Writes
from ssh_transport.transfer.engine import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .output import Announced, Item


def plan_of(  # noqa: PLR0913 - each is a part of the plan that the items do not tell
    announced: Announced,
    *,
    dangling: Sequence[str],
    root: str,
    renamed: str,
    unlisted: str,
    top: str,
    resume_over_bytes: int,
    options: Sequence[str],
    in_place: bool,
    deletes: bool,
) -> Plan:
    """
    Return the plan.

    :param unlisted: what could not be listed, in rsync's words: then nothing is deleted.
    :param dangling: links that should be followed and lead to nothing.
    :param root: the directory that the names are below.
    :param renamed: the name that a single file gets, or empty where names stay.
    :param top: the first part of every name, or empty; see `Landing.top`.
    """
    items = announced.items
    files = [item for item in items if item.is_file]
    large = [] if in_place else [renamed or item.name for item in files if item.bytes >= resume_over_bytes]
    worth_resuming = frozenset(large)
    links = [item for item in items if item.is_link]
    return Plan(
        files=len(files),
        bytes=sum(item.bytes for item in files),
        changes=Changes((item.word, item.name) for item in items),
        links=len(links),
        deletions=[] if unlisted else _deletions(items),
        unlisted=unlisted if deletes else "",
        source_names=announced.source_names,
        kept_names=announced.kept_names,
        matched=announced.matched,
        skipped=[*announced.skipped, *dangling],
        dangling=dangling,
        root=root,
        partials=large,
        writes=Writes(_write(item, renamed or item.name, worth_resuming) for item in items if item.code[0] in "<>c"),
        directories=sum(item.is_directory and item.is_new for item in items),
        outside_links=[f"{link.name} -> {link.link}" for link in links if leads_outside(link.name, link.link, top)],
        options=options,
        in_place=in_place,
        sources=[item.name for item in items if item.code[0] in "<>c"],
    )


def _deletions(items: Sequence[Item]) -> list[str]:
    """Return what would be deleted; of a directory that makes way for a file rsync names only what is in it."""
    named = {item.name for item in items if item.is_deletion}
    holders = {posixpath.dirname(name.rstrip("/")) for name in named}
    making_way = {f"{item.name}/" for item in items if item.code[0] in "<>c" and item.name in holders}
    return sorted(named | making_way)


def _write(item: Item, name: str, worth_resuming: frozenset[str]) -> Write:
    directory, base = posixpath.split(name)
    return Write(
        name=name,
        bytes=item.bytes if item.is_file else 0,
        is_new=item.is_new,
        is_file=item.is_file,
        is_link=item.is_link,
        partial=posixpath.join(directory, RSYNC_PARTIAL_DIRECTORY, base) if name in worth_resuming else "",
    )
