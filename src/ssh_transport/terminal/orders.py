"""What `--help` and `--list` are asked of: a task, a namespace, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here
from ssh_transport.text import did_you_mean

from . import no_task, slips

if TYPE_CHECKING:
    from collections.abc import Collection

    from invoke.program import Program


def namespaces(program: Program) -> list[str]:
    """Return the namespaces of a program."""
    return list(program.collection.collections)


def read(program: Program, tasks: Collection[str]) -> UsageError | None:
    """Have help for a namespace list its tasks; return the error for what can't be listed or helped with."""
    asked, listed = program.args.help.value, program.args.list.value
    if isinstance(asked, str) and asked not in tasks:
        if asked not in namespaces(program):
            return slips.no_such_task([asked], sorted(tasks), "")
        program.args.help.set_value(None, cast=False)
        program.args.list.set_value(asked, cast=False)
    if isinstance(listed, str):
        return _not_listed(program, listed, tasks)
    return None


def _not_listed(program: Program, listed: str, tasks: Collection[str]) -> UsageError | None:
    names = namespaces(program)
    space = listed.partition(".")[0]
    if listed in tasks:
        hint = f"its flags: {here(listed)} --help{f'; all of {space}: --list={space}' if space in names else ''}"
        return UsageError(f"`{listed}` is a task, and --list takes a namespace", hint=hint)
    if space in names:
        # A team may have a namespace in another.
        is_plain = not program.collection.collections[space].collections
        return slips.no_such_task([listed], sorted(tasks), "") if listed != space and is_plain else None
    # It is how `ssh` takes a user.
    hint = f"{no_task.OF_SSH['-l']}; " if no_task.named_hosts(program) else ""
    return UsageError(
        f"`--list` has no namespace `{listed}`", hint=f"{hint}{did_you_mean(listed, names)}they are {', '.join(names)}"
    )
