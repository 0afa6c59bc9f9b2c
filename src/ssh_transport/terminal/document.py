"""
What became of the tasks of a command line, for programs: one JSON document, in one shape for every task.

docs/json.md describes it, and docs/json.schema.json is its JSON Schema.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import SeveralFailed, TaskError
from ssh_transport.errors.commands import as_typed
from ssh_transport.errors.translation import translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA = 1
_NOTHING = object()


@dataclasses.dataclass
class Outcome:
    """What became of a task on one box, or here: a result, an error, or both where a result is not as it should be."""

    result: Any = _NOTHING
    error: TaskError | None = None

    @property
    def is_open(self) -> bool:
        """Whether neither is there yet."""
        return self.result is _NOTHING and self.error is None

    @property
    def plain(self) -> dict[str, Any]:
        """It in JSON's own types."""
        found: dict[str, Any] = {"ok": self.error is None}
        if self.result is not _NOTHING:
            found["result"] = _plain(self.result)
        if self.error is not None:
            found["error"] = _error(self.error)
        return found


@dataclasses.dataclass
class Entry:
    """One task: what became of it as a whole, and on each box that it was for."""

    task: str
    own: Outcome = dataclasses.field(default_factory=Outcome)
    boxes: dict[str, Outcome] = dataclasses.field(default_factory=dict)
    not_run: list[str] = dataclasses.field(default_factory=list)

    def fail(self, error: TaskError) -> None:
        """Put an error where it belongs: to the boxes that it is of, else to the task."""
        faults = error.failures if isinstance(error, SeveralFailed) else {error.box: error}
        for name, fault in faults.items():
            outcome = self.boxes.get(name, self.own)
            outcome.error = outcome.error or fault

    @property
    def is_ok(self) -> bool:
        """Whether nothing went wrong."""
        return not self.not_run and not any(outcome.error for outcome in (self.own, *self.boxes.values()))

    @property
    def plain(self) -> dict[str, Any]:
        """It in JSON's own types."""
        boxes = {name: outcome.plain for name, outcome in self.boxes.items()}
        return {
            "task": self.task,
            **self.own.plain,
            "ok": self.is_ok,
            **({"boxes": boxes} if boxes or self.not_run else {}),
            **({"not_run": self.not_run} if self.not_run else {}),
        }


_current: ContextVar[Entry | None] = ContextVar("entry", default=None)


@contextlib.contextmanager
def taking_down(entry: Entry) -> Iterator[None]:
    """Let `current` be this entry in the block, and keep the error with which it ends."""
    token = _current.set(entry)
    try:
        yield
    except TaskError as error:
        entry.fail(error)
        raise
    except KeyboardInterrupt as exc:
        if entry.is_ok:
            entry.fail(translate(exc))
        raise
    finally:
        _current.reset(token)


def current() -> Entry | None:
    """Return the entry of the task that runs; `None` outside of one."""
    return _current.get()


def text(entries: Sequence[Entry], not_run: Sequence[str] = (), error: BaseException | None = None) -> str:
    """
    Return the document, in one line of ASCII.

    :param error: what ended the line, where that is of no task of ours.
    """
    is_ok = error is None and not not_run and all(entry.is_ok for entry in entries)
    of_line = {"error": _error(error)} if error is not None and all(entry.is_ok for entry in entries) else {}
    whole = {"schema": SCHEMA, "ok": is_ok, "tasks": [entry.plain for entry in entries], "not_run": list(not_run)}
    return json.dumps(whole | of_line, ensure_ascii=True)


def _error(error: BaseException) -> dict[str, Any]:
    """Return it with all its parts; of a team's own exception its class, its words, and what Python then exits with."""
    if not isinstance(error, TaskError):
        said = {"what": "a task of others failed", "cause": _utf8(str(error)), "hint": "", "known_problem": None}
        return {"class": type(error).__name__, "exit_code": 1, **said}
    known = error.known_problem
    return {
        "class": type(error).__name__,
        "exit_code": error.exit_code,
        "what": _utf8(error.what),
        "cause": _utf8(error.cause),
        "hint": _utf8(as_typed(error.hint)),
        "known_problem": {"id": known.id, "cause": known.cause, "fix": known.fix} if known else None,
    }


def _plain(value: Any) -> Any:
    """Return a result in JSON's own types, with field names as in Python; bytes that are no UTF-8 are escaped."""
    return _utf8(json.loads(json.dumps(value, default=_builtins)))


def _utf8(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return [_utf8(one) for one in value]
    return {_utf8(key): _utf8(one) for key, one in value.items()} if isinstance(value, dict) else value


def _builtins(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return str(value)
    import msgspec

    return msgspec.to_builtins(value)
