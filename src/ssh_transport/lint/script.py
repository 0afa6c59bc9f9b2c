"""A parsed script, and the scripts inside it that are sent through `ssh`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from . import syntax
from .command import commands_in, options
from .syntax import ParseTimeout, Source, Word, joined, parse, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from .command import Command
    from .syntax import SyntaxNode

# ssh(1), scp(1): the options that take a value.
SSH_WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw"
SCP_WITH_VALUE = "cDFiJloPSX"
SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
_SHELL_WITH_VALUE = "cO"
_LEVELS = 4


@dataclass(frozen=True)
class Login:
    """An `ssh` command, and the words of the remote command; without any it is a login shell."""

    command: Command
    words: tuple[Word, ...]

    @property
    def reads_script(self) -> bool:
        """Whether standard input is a script: the remote command is a shell without a script argument."""
        if not self.words:
            return not any(letter in "NfW" for letter, _ in options(self.command.words, SSH_WITH_VALUE)[0])
        names = joined(self.words).text.decode("utf-8", "replace").split()
        names = [name for name in names if name not in {"sudo", "exec", "env", "-l", "--login", "-i"}]
        shell, rest = names[0].rpartition("/")[2] if names else "", names[1:]
        if shell not in SHELLS or any(not name.startswith(("-", "+")) for name in rest[:1]):
            return False
        return not any(name.startswith("-") and name.endswith("c") for name in rest)


@dataclass(frozen=True, eq=False)
class Script:
    """
    Parsed shell text.

    :param end_s: when to give up, by the monotonic clock.
    :param login: the `ssh` command that sends it to a box, None for the file itself.
    """

    source: Source
    nodes: tuple[SyntaxNode, ...]
    end_s: float
    login: Login | None = None
    level: int = 0

    @cached_property
    def commands(self) -> list[Command]:
        return commands_in(self.nodes)

    @cached_property
    def functions(self) -> frozenset[str]:
        named = (at.node.child_by_field_name("name") for at in self.nodes if at.kind == "function_definition")
        return frozenset((name.text or b"").decode("utf-8", "replace") for name in named if name)

    @cached_property
    def logins(self) -> list[Login]:
        return [Login(command, tuple(after_host(command))) for command in self.commands if command.name == "ssh"]

    @cached_property
    def heredocs(self) -> list[tuple[Command, SyntaxNode]]:
        """Each here-document with the command that reads it; that of a loop is read by none that is known."""
        by_span = {_span(command.at.node): command for command in self.commands}
        found: list[tuple[Command, SyntaxNode]] = []
        for at in self.nodes:
            if at.kind != "heredoc_redirect" or at.parent is None:
                continue
            reader = by_span.get(_span(_reader(at.parent.node)))
            if reader is not None and reader.name == "cat" and not reader.words:
                # `cat <<EOF | ssh HOST bash`: the rest of the pipeline is a child of the redirection.
                rest = next((child for child in at.node.named_children if child.type == "pipeline"), None)
                behind = by_span.get(_span(_first(rest))) if rest else None
                reader = behind if behind is not None and behind.name == "ssh" else reader
            if reader is not None:
                found.append((reader, at))
        return found

    @cached_property
    def inner(self) -> tuple[Script, ...]:
        """The scripts inside it that another shell, here or on a box, gets as an argument or here-document."""
        found = []
        for source, login in _inner(self) if self.level < _LEVELS else ():
            self.check_time()
            if source.text.strip():
                found.append(script_of(source, self.end_s, login, self.level + 1))
        return tuple(found)

    def with_inner(self) -> Iterator[Script]:
        """
        Yield the script, and all scripts inside it.

        :raises ParseTimeout: it took too long.
        """
        yield self
        for script in self.inner:
            yield from script.with_inner()

    def check_time(self) -> None:
        """Raise `ParseTimeout` if it took too long."""
        if time.monotonic() > self.end_s:
            raise ParseTimeout


def _span(node: Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte


def _first(node: Node) -> Node:
    return node.named_children[0] if node.named_children else node


def _reader(node: Node) -> Node:
    """Return the statement that reads what is redirected: of several, the last; in braces, the first."""
    while node.named_children:
        body = node.child_by_field_name("body")
        if node.type == "redirected_statement" and body is not None:
            node = body
        elif node.type in {"list", "pipeline", "negated_command"}:
            node = node.named_children[-1]
        elif node.type in {"compound_statement", "subshell"}:
            node = _first(node)
        else:
            break
    return node


def script_of(source: Source, end_s: float | None = None, login: Login | None = None, level: int = 0) -> Script:
    """
    Parse shell text.

    :raises ParseTimeout: it took too long.
    """
    end_s = time.monotonic() + syntax.TIMEOUT_S if end_s is None else end_s
    return Script(source, tuple(walk(parse(source, end_s), source)), end_s, login, level)


def after_host(command: Command) -> list[Word]:
    """Return the words of the remote command of an `ssh` command."""
    words = list(command.words)
    _, operands = options(words, SSH_WITH_VALUE)
    if not operands:
        return []
    rest = words[words.index(operands[0]) + 1 :]
    while rest and rest[0].text.startswith("-"):
        # Options may follow the host, too.
        takes_next = rest[0].text[-1:] in SSH_WITH_VALUE and len(rest[0].text) == 2  # noqa: PLR2004 - dash, letter
        rest = rest[2 if takes_next else 1 :]
    return rest


def _inner(script: Script) -> Iterator[tuple[Source, Login | None]]:
    for login in script.logins:
        if login.words:
            yield joined(login.words), login
    for command in script.commands:
        if command.name in SHELLS:
            text = [word for letter, word in options(command.words, _SHELL_WITH_VALUE)[0] if letter == "c"]
            if text:
                yield text[0].unquoted, script.login
    readers = {login.command: login for login in script.logins if login.reads_script}
    for reader, at in script.heredocs:
        if by_reader := readers.get(reader):
            body = next((child for child in at.node.children if child.type == "heredoc_body"), None)
            if body:
                start, end = body.start_byte, body.end_byte
                yield Source(script.source.text[start:end], script.source.file_offsets[start:end]), by_reader
