"""
The shape of what `--json` prints, for programs that read it in Python: ``msgspec.json.decode(text, type=Document)``.

docs/json.schema.json is made from it.
"""

from typing import Annotated, Any, Literal

import msgspec


class KnownProblem(msgspec.Struct, forbid_unknown_fields=True):
    """A problem that `config.explain` explains."""

    id: str
    cause: str
    fix: str


class Error(msgspec.Struct, forbid_unknown_fields=True, rename={"kind": "class"}):
    """What failed: the class and exit code as in docs/reference.md, one sentence, why, and what to type next."""

    kind: str
    exit_code: Annotated[int, msgspec.Meta(ge=1, le=255)]
    what: str
    cause: str
    hint: str
    known_problem: KnownProblem | None


class Outcome(msgspec.Struct, forbid_unknown_fields=True):
    """On one box: a result, an error, or both where a result is not as it should be."""

    ok: bool
    result: Any = msgspec.UNSET
    error: Error | msgspec.UnsetType = msgspec.UNSET


class Task(msgspec.Struct, forbid_unknown_fields=True):
    """
    One task of the command line.

    ``result`` and ``error`` are those of the task itself, ``boxes`` those of each box by the name that it was given;
    ``not_run`` are boxes at which it did not arrive.
    """

    task: str
    ok: bool
    result: Any = msgspec.UNSET
    error: Error | msgspec.UnsetType = msgspec.UNSET
    boxes: dict[str, Outcome] | msgspec.UnsetType = msgspec.UNSET
    not_run: list[str] | msgspec.UnsetType = msgspec.UNSET


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """
    One command line, as `--json` prints it.

    :ivar schema: 1.
    :ivar ok: whether nothing went wrong.
    :ivar tasks: those that ran, in turn.
    :ivar not_run: the tasks at which it did not arrive.
    :ivar error: what ended it, where that is of no task of ours.

    >>> text = '{"schema": 1, "ok": true, "tasks": [], "not_run": ["keys.check"]}'
    >>> msgspec.json.decode(text, type=Document).not_run
    ['keys.check']
    """

    schema: Literal[1]
    ok: bool
    tasks: list[Task]
    not_run: list[str]
    error: Error | msgspec.UnsetType = msgspec.UNSET
