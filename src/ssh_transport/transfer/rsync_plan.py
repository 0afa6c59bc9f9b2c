"""From what a dry run of rsync announces to the plan of a copy."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from . import seeds
from .engine import Plan, Write
from .landing import leads_outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rsync_output import Item


def plan_of(  # noqa: PLR0913 - each is a part of the plan that the items do not tell
    items: Sequence[Item],
    *,
    skipped: Sequence[str],
    root: str,
    renamed: str,
    top: str,
    resume_over_bytes: int,
    options: Sequence[str],
    in_place: bool,
) -> Plan:
    """
    Return the plan.

    :param root: the directory that the names are below.
    :param renamed: the name that a single file gets, or empty where names stay.
    :param top: the first part of every name, or empty; see `Landing.top`.
    """
    files = [item for item in items if item.is_file]
    large = [] if in_place else [renamed or item.name for item in files if item.bytes >= resume_over_bytes]
    worth_resuming = frozenset(large)
    links = [item for item in items if item.is_link]
    return Plan(
        files=len(files),
        bytes=sum(item.bytes for item in files),
        changes=[f"{item.code} {item.name}" for item in items],
        links=len(links),
        deletions=sum(item.is_deletion for item in items),
        skipped=skipped,
        root=root,
        partials=large,
        writes=[_write(item, renamed or item.name, worth_resuming) for item in items if item.code[0] in "<>c"],
        directories=sum(item.is_directory and item.is_new for item in items),
        outside_links=[f"{link.name} -> {link.link}" for link in links if leads_outside(link.name, link.link, top)],
        options=options,
        in_place=in_place,
        sources=[item.name for item in items if item.code[0] in "<>c"],
    )


def _write(item: Item, name: str, worth_resuming: frozenset[str]) -> Write:
    directory, base = posixpath.split(name)
    return Write(
        name=name,
        bytes=item.bytes if item.is_file else 0,
        is_new=item.is_new,
        is_file=item.is_file,
        is_link=item.is_link,
        partial=posixpath.join(directory, seeds.PARTIAL_DIRECTORY, base) if name in worth_resuming else "",
    )
