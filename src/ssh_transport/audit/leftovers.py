"""Partial files that copies left on a box, and what of it could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors.commands import on_box, typed
from ssh_transport.text import count

from .box_files import path_of
from .finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .box_files import BoxFiles

# A younger one may belong to a running copy.
_ABANDONED_S = 86_400
_NAMED = 5
_IN_SSH = ".ssh/.authorized_keys-"


def examine(box_files: BoxFiles) -> Iterator[Finding]:
    """Yield partial files that are a day old or more, what can't be read, and what is too large to search."""
    in_ssh = [head for head in box_files.files.of("ssh") if head.path.startswith(_IN_SSH)]
    leftovers = [
        head for head in (*box_files.search.heads, *box_files.files.of("leftover")) if head.group == "leftover"
    ]
    for head in {path_of(head): head for head in (*leftovers, *in_ssh)}.values():
        age_s = box_files.files.now_s - head.mtime_s
        if age_s >= _ABANDONED_S:
            yield box_files.finding(
                "warning",
                path_of(head),
                f"left over from a copy {count(age_s // _ABANDONED_S, 'day')} ago",
                why="it holds parts of files that never arrived; the same copy, run again, would finish or remove it",
                command=f"rm -r -- {typed(path_of(head))}",
            )
    if unread := list(dict.fromkeys((*box_files.files.unread, *box_files.search.unread))):
        yield Finding(
            box_files.box.name,
            "warning",
            ", ".join(unread[:_NAMED]) + (", ..." if len(unread) > _NAMED else ""),
            "can't be read, and was not looked at",
            "this login may not read it: nothing is known of it",
            "look at who may: " + on_box(box_files.box.name, f"ls -ld -- {' '.join(map(_typed, unread[:_NAMED]))}"),
        )
    for path in (*box_files.files.cut_short, *box_files.search.cut_short):
        yield Finding(
            box_files.box.name,
            "warning",
            path,
            "was not searched to the end",
            "it has too many files to search in 45 s",
            "search it yourself: " + on_box(box_files.box.name, f"grep -rIlE 'PRIVATE KEY|hf_|sk-' {typed(path)}"),
        )


def _typed(path: str) -> str:
    return typed(path.removesuffix("/..."))
