"""The task that explains what boxes and their platforms do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssh_transport.errors.commands import as_typed
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON

if TYPE_CHECKING:
    from invoke import Context


@task(
    only_reads=True,
    positional=["problem"],
    help={
        "problem": "Its id (T6), a platform (runpod), or what ssh, rsync or the box said, in quotes; else all themes",
        "json": JSON,
    },
)
def explain(c: Context, problem: str = "", json: bool = False) -> Any:  # noqa: ARG001 - Invoke hands it over
    """Explain a known problem: symptom, root cause, fix."""
    from ssh_transport.platforms import diagnosis, lookup

    if not problem.strip():
        themes = diagnosis.themes()
        report.result(themes if json else lookup.overview(), as_json=json)
        report.say(as_typed("one of them: ssh-transport config.explain T6"))
        report.say(as_typed("a platform's: ssh-transport config.explain runpod"))
        report.say(as_typed("by what was said: ssh-transport config.explain 'Connection reset by peer'"))
        return themes
    found = lookup.problems(problem)
    (first, *others) = [one for theme in found for one in theme.problems]
    if not others:
        report.result(first, as_json=json)
        return first
    report.result(found if json else "\n\n".join(map(str, found)), as_json=json)
    return found
