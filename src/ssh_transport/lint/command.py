"""The commands of a script: name, arguments and redirections, without programs that only run another one."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .syntax import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .syntax import SyntaxNode

# Programs that run another command: their options with a value, and the number of operands before the command.
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

    :param runners: the programs that run it, such as ``timeout``, in their order.
    :param name: the base name, empty if it is an expansion.
    :param words: the arguments.
    :param line: all words, including the runners.
    """

    at: SyntaxNode
    runners: tuple[str, ...]
    name: str
    words: tuple[Word, ...]
    line: tuple[Word, ...]

    @cached_property
    def redirections(self) -> tuple[SyntaxNode, ...]:
        """Its own redirections, then those of the compound commands around it."""
        from .syntax import SyntaxNode

        holders = [self.at, *self.at.ancestors()]
        return tuple(
            SyntaxNode(child, holder, holder.source)
            for holder in holders
            if holder.kind in {"command", "redirected_statement"}
            for child in holder.node.children
            if child.type.endswith("_redirect")
        )

    @property
    def writes_to(self) -> Iterator[Word]:
        """The files to which its output is redirected."""
        from .syntax import SyntaxNode

        for redirection in self.redirections:
            if redirection.kind == "file_redirect" and b">" in redirection.text[:3]:
                target = redirection.node.child_by_field_name("destination")
                if target is not None:
                    yield Word(SyntaxNode(target, redirection, redirection.source))

    @property
    def pipeline(self) -> SyntaxNode | None:
        """The pipeline that contains it, or `None`."""
        return next((at for at in self.at.ancestors() if at.kind == "pipeline"), None)


def commands_in(nodes: Sequence[SyntaxNode]) -> list[Command]:
    """Return the commands among the nodes; those with syntax errors are left out."""
    from .syntax import SyntaxNode

    found = []
    for at in nodes:
        if at.kind != "command" or at.node.has_error or (at.parent and at.parent.kind == "ERROR"):
            continue
        name = at.node.child_by_field_name("name")
        if name is None:
            continue
        words = [name.named_children[0] if name.named_children else name, *at.node.children_by_field_name("argument")]
        found.append(_command(at, [Word(SyntaxNode(word, at, at.source)) for word in words]))
    return found


def options(words: Sequence[Word], with_value: str) -> tuple[list[tuple[str, Word]], list[Word]]:
    """
    Split words into short options with their values, and operands, in any order as getopt(3) does.

    An unquoted expansion whose name suggests options, such as ``$SSH_OPTS``, counts as options.

    :return: ``("o", value)`` for each option with a value and ``("r", word)`` for each without; and the operands.
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


def _command(at: SyntaxNode, line: list[Word]) -> Command:
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
