"""Finds the line that decides, and makes an error of it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import keys, local, login, programs, rsync, session, way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.errors import TaskError

    from .symptom import Stage, Symptom

_LOST = 255
_OF_A_JUMP: frozenset[Stage] = frozenset(
    {"way", "algorithms", "host key", "jump's host key", "key", "key warning", "account", "login"}
)
# Of what a box sends: so much of its end, so many lines of that, and so much of each.
_CHARS, _LINES, _LINE_CHARS = 1 << 16, 200, 500
# What a start-up file complains of, by its name: it never ends anything.
_NOISE = re.compile(
    r"^[/~]\S*(?:/\.[\w.-]+|/profile\.d/[\w.-]+|/(?:bash\.bashrc|profile|zshrc|zshenv|config\.fish))(?::| \()"
)
# The first that fits a line decides.
SYMPTOMS: tuple[Symptom, ...] = (
    *local.SYMPTOMS,
    *rsync.SYMPTOMS,
    *programs.SYMPTOMS,
    *keys.SYMPTOMS,
    *login.SYMPTOMS,
    *session.SYMPTOMS,
    *way.SYMPTOMS,
)


@dataclass(frozen=True)
class Meaning:
    """
    What a text means.

    :ivar symptom: of the line that decides.
    :ivar lines: that line and, if it explains another, the last one, as they were said.
    :ivar is_in_between: whether it was said of a jump, as no server had greeted us yet.
    """

    symptom: Symptom
    lines: tuple[str, ...]
    groups: dict[str, str]
    is_in_between: bool = False

    @property
    def line(self) -> str:
        """The line that decides."""
        return self.lines[0]

    def error(self, box: str) -> TaskError:
        """Return the error that it is."""
        symptom = self.symptom
        who = f"the jump in front of `{box}`" if self.is_in_between else f"`{box}`"
        listed = {name: text.replace(",", ", ") if name == "methods" else text for name, text in self.groups.items()}
        told = {**listed, "box": box, "who": who}
        typed = {name: text and shlex.quote(text) for name, text in told.items()}
        # Behind `ssh`, two shells read it.
        typed |= {f"{name}_there": shlex.quote(text) for name, text in typed.items()}
        error = symptom.error(
            symptom.what.format(**told),
            box=box,
            cause="\n".join(filter(None, (symptom.cause.format(**told), *dict.fromkeys(self.lines)))),
            hint=symptom.hint.format(**typed),
        )
        error.is_permanent = symptom.is_permanent
        return error


def meaning(text: str, code: int = _LOST) -> Meaning | None:
    """
    Return what a text on standard error means; `None` if no line of it is known.

    The last line that is known decides. One that only says that something ended may be explained by one before it,
    but only by one of the stages that lead there: noise of a login script explains no broken link.

    :param code: what `ssh` or rsync exited with.
    """
    lines = (line.strip()[:_LINE_CHARS] for line in text[-_CHARS:].splitlines()[-_LINES:])
    return _last([line for line in lines if not _NOISE.match(line)], code)


def for_good() -> str:
    """
    Return one regular expression for any line of an `ssh` whose login no later one will fare better than.

    It has no named groups, and ``^`` and ``$`` are the ends of a line: for a program that can't import the tables.
    """
    patterns = (symptom.pattern for symptom in SYMPTOMS if symptom.is_permanent and symptom.is_of_a_login)
    return "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern in patterns)


def _last(lines: Sequence[str], code: int, follows: frozenset[Stage] | None = None) -> Meaning | None:
    for number in range(len(lines) - 1, -1, -1):
        found = _first(lines[number], code, follows)
        if found is None:
            continue
        symptom, groups = found
        why = _last(lines[:number], code, symptom.follows) if symptom.follows else None
        if why is None:
            return Meaning(symptom, (lines[number],), groups)
        is_in_between = why.is_in_between or (symptom.stage == "greeting" and why.symptom.stage in _OF_A_JUMP)
        return Meaning(why.symptom, (why.line, lines[number]), groups | why.groups, is_in_between)
    return None


def _first(line: str, code: int, follows: frozenset[Stage] | None) -> tuple[Symptom, dict[str, str]] | None:
    for symptom in SYMPTOMS:
        is_meant = symptom.stands_alone if follows is None else symptom.stage in follows
        if is_meant and (groups := symptom.match(line, code)) is not None:
            return symptom, groups
    return None
