"""What a shell has made of words before we got them: names in place of a pattern, and one word of several."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here

from .slips import boxes_of, common, several

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke.parser import ParserContext

# Of these a value holds no flag of the task. A command line for the box may, and so may an error message.
_PLACES = frozenset({"path", "to", "from_", "from", "on", "alias", "name", "file", "receipt", "html"})


def are_boxes(words: Sequence[str]) -> bool:
    """Whether a line ends in two names that a shell put for a pattern behind `--on`."""
    flag, first, second = words if len(words) == 3 else ("", "", "")  # noqa: PLR2004
    named = flag == "--on" and "," not in first and first != second
    alike = "/" not in first + second and bool(common(first, second))
    return named and alike and os.path.lexists(first) and os.path.lexists(second)


def boxes(task: str, first: str, second: str, argument: str) -> UsageError:
    """Return the error for two names behind `--on`, of which the second was taken for another argument."""
    return UsageError(
        f"{task}: `{second}` stands behind `--on {first}`, and both are names here",
        cause="a shell puts all names in place of a pattern that is not quoted",
        hint=f"{several(first, second, task)}; if it is no box: --{argument}={shlex.quote(second)}",
    )


def has_flag(name: str, value: str, context: ParserContext) -> str:
    """Return the flag of a task that the value of another holds, as quotes around both make it; empty if none does."""
    if name not in _PLACES or os.path.lexists(value):
        return ""
    return next((word for word in value.split()[1:] if word.partition("=")[0] in context.flags), "")


def joined(context: ParserContext, flag: str, value: str, inside: str) -> UsageError:
    """Return the error for a value that holds another flag; or, without a flag before it, for one word of several."""
    task = str(context.name)
    whole = f"{flag} {value}" if flag else value
    meant = f"{here(task)} {shlex.join(whole.split())}"
    what = f"`{value}` is one word, and `{inside}` is a flag of {task}"
    return UsageError(what, hint=f"quotes go around a value, not around its flag: {meant}")


def is_pattern(placed: Mapping[str, str]) -> bool:
    """Whether a path and a target, typed by their places, look like two names that a shell put for a pattern."""
    path, to = placed.get("path", ""), placed.get("to", "")
    beside = os.path.dirname(path) == os.path.dirname(to)  # noqa: PTH120 - as they were typed
    return path != to and beside and os.path.lexists(path) and os.path.isfile(to)  # noqa: PTH113


def pattern(task: str, given: Mapping[str, str]) -> UsageError:
    """Return the error for two names where a path and a target are due."""
    path, to = given["path"], given["to"]
    meant = f"{here(task, boxes_of(given))} {shlex.quote(path)} {shlex.quote(f'--to={to}')}"
    return UsageError(
        f"{task} takes one path, and there are 2: {path}, {to}",
        cause=f"`{to}` would be the name on the box of what is `{path}` here",
        hint="a shell puts all names in place of a pattern: name the directory, and leave out the rest by --exclude; "
        f"if it is meant: {meant}",
    )
