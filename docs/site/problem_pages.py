"""Known problems by what one sees, made from the same data as `config.explain`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.platforms.diagnosis import themes

if TYPE_CHECKING:
    from ssh_transport.platforms.profile import KnownProblem

_CLASS = re.compile(r"\[[^\]]*\][*+?]?|\(\?[:=!<]+|\{[\d,]+\}")
_ESCAPED = re.compile(r"\\([bBdDsSwWAZ])[*+?]?")


def made() -> dict[str, str]:
    """Return the page that has them all."""
    parts = [
        "# Known problems\n",
        (
            "An error that is one of these says its id; `ssh-transport config.explain T6` tells the rest, and "
            "`ssh-transport config.explain 'WHAT IT SAID'` finds one, as the search here does.\n"
        ),
    ]
    for theme in themes():
        parts.append(f"## {theme.about[0].upper()}{theme.about[1:]}\n")
        parts += [_problem(problem) for problem in theme.problems]
    return {"problems/index.md": "\n".join(parts)}


def _problem(problem: KnownProblem) -> str:
    words = [said for pattern in (*problem.seen, *problem.asked) if (said := words_of(pattern))]
    seen = f":said: {'; '.join(f'`{said}`' for said in words)}\n" if words else ""
    return (
        f"({problem.id.lower()})=\n### {problem.id}: {problem.symptom}\n\n"
        f":cause: {problem.cause}\n:fix: {problem.fix}\n{seen}"
    )


def words_of(pattern: str) -> str:
    """Return a pattern as the words that it stands for; what varies is an ellipsis. It is for people who search."""
    text = _CLASS.sub("…", pattern.removeprefix("(?i)").replace("(?:", "(").replace(")?", ")"))
    text = _ESCAPED.sub(lambda found: "" if found[1] in "bBAZ" else "…", text)
    text = re.sub(r"\\(.)", r"\1", text)
    text = re.sub(r"[.…][*+?]+|\.(?=[*+?])", "…", text)
    text = re.sub(r"[()^$?]", "", text).replace("|", " / ")
    return re.sub(r"\s*…[\s…]*", " … ", text.replace("`", "")).strip(" …")
