"""The commands of a script: name, words and redirections, without the programs that only run another."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .syntax import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .syntax import At

# What runs another command: its options that take a value, and how many operands come before the command.
_RUNNERS: dict[str, tuple[str, int]] = {
    "chronic": ("", 0),
    "command": ("", 0),
    "doas": ("Cu", 0),
    "env": ("uCS", 0),
    "exec": ("a", 0),
    "ionice": ("cnp", 0),
    "nice": ("n", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "sshpass": ("pfdP", 0),
    "stdbuf": ("ioe", 0),
    "sudo": ("CDgghpRrTtUu", 0),
    "time": ("fo", 0),
    "timeout": ("ks", 1),
    "xargs": ("adEILnPs", 0),
}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_OPTIONS_BY_NAME = re.compile(r"\$\{?\w*(?:opt|arg|flag|param|identity)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Command:
    """
    A command that a script runs.

    :param runners: the programs before it, such as ``timeout``, in their order.
    :param name: the base name, empty if only an expansion tells it.
    :param words: what follows the name.
    :param line: every word, from the first program on.
    """

    at: At
    runners: tuple[str, ...]
    name: str
    words: tuple[Word, ...]
    line: tuple[Word, ...]

    @cached_property
    def redirections(self) -> tuple[At, ...]:
        """Its own, then those of what it stands in, as far as a subshell or function goes."""
        from .syntax import At

        holders = [self.at, *self.at.around()]
        return tuple(
            At(child, holder, holder.source)
            for holder in holders
            if holder.kind in {"command", "redirected_statement"}
            for child in holder.node.children
            if child.type.endswith("_redirect")
        )

    @property
    def writes_to(self) -> Iterator[Word]:
        """The files that its output goes to."""
        from .syntax import At

        for redirection in self.redirections:
            if redirection.kind == "file_redirect" and b">" in redirection.text[:3]:
                target = redirection.node.child_by_field_name("destination")
                if target is not None:
                    yield Word(At(target, redirection, redirection.source))

    @property
    def pipeline(self) -> At | None:
        """The pipeline that it is a part of."""
        return next((at for at in self.at.around() if at.kind == "pipeline"), None)


def commands_in(nodes: Sequence[At]) -> list[Command]:
    """Return the commands among the nodes; what the parser could not read is left out."""
    from .syntax import At

    found = []
    for at in nodes:
        if at.kind != "command" or at.node.has_error or (at.inside and at.inside.kind == "ERROR"):
            continue
        name = at.node.child_by_field_name("name")
        if name is None:
            continue
        words = [name.named_children[0] if name.named_children else name, *at.node.children_by_field_name("argument")]
        found.append(_command(at, [Word(At(word, at, at.source)) for word in words]))
    return found


def options(words: Sequence[Word], with_value: str) -> tuple[list[tuple[str, Word]], list[Word]]:
    """
    Split words into short options with their values, and operands; as getopt(3), which mixes them.

    An unquoted expansion that is named for options counts as such.

    :return: ``("o", word)`` for each option that takes a value, ``("r", word itself)`` for each that takes none; then
        the operands.
    """
    given, operands, waiting = list[tuple[str, Word]](), list[Word](), list(words)
    while waiting:
        word = waiting.pop(0)
        if word.text == "--":
            return given, operands + waiting
        if not word.text.startswith("-") or word.text == "-":
            if not _OPTIONS_BY_NAME.match(word.text):
                operands.append(word)
            continue
        for position, letter in enumerate(word.text[1:], 2):
            if letter in with_value:
                value = word if word.text[position:] or not waiting else waiting.pop(0)
                given.append((letter, value))
                break
            given.append((letter, word))
    return given, operands


def _command(at: At, line: list[Word]) -> Command:
    runners, words = list[str](), line
    while words:
        name = posixpath.basename(words[0].text) if words[0].is_literal else ""
        rest = words[1:]
        if name not in _RUNNERS or not rest:
            return Command(at, tuple(runners), name, tuple(rest), tuple(line))
        with_value, operands = _RUNNERS[name]
        rest = _after_options(rest, with_value)
        while rest and _ASSIGNMENT.match(rest[0].text) and name in {"env", "sudo"}:
            rest = rest[1:]
        if not rest[operands:]:
            return Command(at, tuple(runners), name, tuple(words[1:]), tuple(line))
        runners.append(name)
        words = rest[operands:]
    return Command(at, tuple(runners), "", (), tuple(line))


def _after_options(words: list[Word], with_value: str) -> list[Word]:
    while words and words[0].text.startswith("-"):
        takes_next = len(words[0].text) == 2 and words[0].text[1] in with_value  # noqa: PLR2004 - a dash and a letter
        words = words[2 if takes_next else 1 :]
    return words
