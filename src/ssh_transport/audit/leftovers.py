"""What copies of ours left on a box, and what of the box was not looked at."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ssh_transport.text import count

from .finding import Finding, typed
from .looked import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .looked import Looked

# What is younger may belong to a copy that is under way.
_ABANDONED_S = 86_400
_IN_SSH = ".ssh/.authorized_keys-"


def examine(looked: Looked) -> Iterator[Finding]:
    """Yield what was left unfinished a day ago or more, and directories that were too large to search."""
    in_ssh = [head for head in looked.files.of("ssh") if head.path.startswith(_IN_SSH)]
    left = [head for head in (*looked.searched.heads, *looked.files.of("left")) if head.group == "left"]
    for head in {place_of(head): head for head in (*left, *in_ssh)}.values():
        age_s = looked.files.now_s - head.mtime_s
        if age_s >= _ABANDONED_S:
            yield looked.finding(
                "warning",
                place_of(head),
                f"left over from a copy {count(age_s // _ABANDONED_S, 'day')} ago",
                why="it holds parts of files that never arrived; the same copy, run again, would finish or remove it",
                command=f"rm -r -- {typed(place_of(head))}",
            )
    for path in looked.searched.cut_short:
        yield Finding(
            looked.box.name,
            "warning",
            path,
            "was not searched to the end",
            "it holds too much to be looked at in the time",
            f"look yourself: ssh {shlex.quote(looked.box.name)} "
            + shlex.quote(f"grep -rIlE 'PRIVATE KEY|hf_|sk-' {typed(path)}"),
        )
