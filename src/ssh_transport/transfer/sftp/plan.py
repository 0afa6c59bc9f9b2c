"""From what two sides differ in to the plan of a copy."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ssh_transport.transfer.engine import Plan, Write
from ssh_transport.transfer.landing import leads_outside

from .differences import at
from .file import partial_path

if TYPE_CHECKING:
    from ssh_transport.transfer.request import Request

    from .differences import Differences, Step


def plan_of(todo: Differences, base: str, request: Request) -> Plan:
    """
    Return the plan, with names as rsync gives them.

    :param base: where the top lands.
    """
    by_name = not request.source.endswith("/")
    own = posixpath.basename(request.source.rstrip("/")) if by_name else ""
    top = posixpath.basename(base) if by_name else ""
    root = posixpath.dirname(base) if by_name else base

    def write(step: Step) -> Write:
        name, kind = at(top, step.name), step.entry.kind
        partial = posixpath.relpath(partial_path(at(base, step.name), step.entry), root or ".")
        return Write(
            name=name or "./",
            bytes=step.entry.size if kind == "f" else 0,
            is_new=step.name not in todo.standing,
            is_file=kind == "f",
            is_link=kind == "l",
            partial=partial if kind == "f" and not request.options.inplace else "",
        )

    steps = [*todo.directories, *todo.files, *todo.links]
    return Plan(
        files=len(todo.files),
        bytes=sum(step.entry.size for step in todo.files),
        changes=[
            *(f"{step.entry.kind} {at(top, step.name) or './'}" for step in (*steps, *todo.settled)),
            *(f"delete {at(top, name)}" for name in (*todo.in_the_way, *todo.doomed)),
            *(f"unreadable {said}" for said in todo.failures),
        ],
        links=len(todo.links),
        deletions=len(todo.doomed),
        skipped=todo.skipped,
        root=root,
        writes=[write(step) for step in steps],
        directories=len(todo.directories),
        outside_links=[
            f"{at(top, link.name)} -> {link.entry.link}"
            for link in todo.links
            if leads_outside(at(top, link.name), link.entry.link, top)
        ],
        options=[
            *(["--inplace"] if request.options.inplace else []),
            *(["--atomic"] if request.options.atomic else []),
        ],
        in_place=request.options.inplace,
        sources=[at(own, step.name) or "./" for step in steps],
    )
