"""The syntax tree of a shell script, by tree-sitter: nodes with their ancestors, and words without quotes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

TIMEOUT_S = 10.0
# Real scripts are not nested deeper; `a && b && ...` nests once for each command.
_DEPTH = 300
_CHUNK_BYTES = 1 << 16
_EXPANSIONS = frozenset({
    "simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "process_substitution",
})  # fmt: skip
_ESCAPED_IN_QUOTES = b'$`"\\\n'


class ParseTimeout(Exception):
    """Parsing and checking a script took too long."""


@dataclass(frozen=True)
class Source:
    """Shell text, and the offset in the file for each of its bytes; removed quotes leave gaps in the offsets."""

    text: bytes
    file_offsets: Sequence[int]

    @classmethod
    def of_file(cls, data: bytes) -> Source:
        return cls(data, range(len(data) + 1))

    def file_offset(self, offset: int) -> int:
        return self.file_offsets[min(offset, len(self.file_offsets) - 1)] if self.file_offsets else 0


@dataclass(frozen=True, eq=False)
class SyntaxNode:
    """A node of the syntax tree with its parent. (tree-sitter's own `parent` searches from the root each time.)"""

    node: Node
    parent: SyntaxNode | None
    source: Source

    @property
    def kind(self) -> str:
        return self.node.type

    @property
    def text(self) -> bytes:
        return self.source.text[self.node.start_byte : self.node.end_byte]

    @property
    def file_offset(self) -> int:
        return self.source.file_offset(self.node.start_byte)

    def ancestors(self) -> Iterator[SyntaxNode]:
        """Yield its ancestors, the innermost first."""
        at = self.parent
        while at:
            yield at
            at = at.parent

    def is_inside(self, *kinds: str) -> bool:
        return any(outer.kind in kinds for outer in self.ancestors())


@dataclass(frozen=True)
class Word:
    """A word as the command gets it: quotes removed, but expansions not expanded."""

    at: SyntaxNode

    @cached_property
    def unquoted(self) -> Source:
        pairs = list(_unquoted(self.at.node, self.at.source))
        return Source(bytes(byte for byte, _ in pairs), [offset for _, offset in pairs])

    @cached_property
    def text(self) -> str:
        return self.unquoted.text.decode("utf-8", "replace")

    @cached_property
    def expansions(self) -> tuple[SyntaxNode, ...]:
        """The expansions and substitutions in it."""
        return tuple(at for at in walk(self.at.node, self.at.source) if at.kind in _EXPANSIONS)

    @property
    def is_literal(self) -> bool:
        return not self.expansions


def parse(source: Source, end_s: float) -> Node:
    """
    Parse a script; syntax errors are nodes of the tree.

    :raises ParseTimeout: it is not done at `end_s` by the monotonic clock.
    """
    import tree_sitter
    import tree_sitter_bash

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    try:
        tree = parser.parse(
            lambda offset, _point: source.text[offset : offset + _CHUNK_BYTES],
            progress_callback=lambda _offset, _has_error: time.monotonic() > end_s,
        )
    except ValueError as exc:
        raise ParseTimeout from exc
    return tree.root_node


def walk(root: Node, source: Source) -> Iterator[SyntaxNode]:
    """Yield every named node in the order of the text, down to a depth of 300."""
    waiting = [(SyntaxNode(root, None, source), 0)]
    while waiting:
        at, depth = waiting.pop()
        yield at
        if depth < _DEPTH:
            waiting += [(SyntaxNode(child, at, source), depth + 1) for child in reversed(at.node.named_children)]


def joined(words: Sequence[Word]) -> Source:
    """Join words with spaces, as `ssh` does before it sends them."""
    text, file_offsets = bytearray(), list[int]()
    for word in words:
        if text:
            text += b" "
            file_offsets.append(word.at.file_offset)
        text += word.unquoted.text
        file_offsets += word.unquoted.file_offsets
    return Source(bytes(text), file_offsets)


def _unquoted(node: Node, source: Source) -> Iterator[tuple[int, int]]:
    """Yield the bytes of a word with their offsets; quotes and escapes are removed, see "Quoting" in bash(1)."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        start, end = here.start_byte, here.end_byte
        match here.type:
            case "concatenation":
                waiting += reversed(here.children)
            case "raw_string":
                yield from _plain(source, start + 1, end - 1)
            case "ansi_c_string":
                yield from _escaped(source, start + 2, end - 1, b"'\"\\")
            case "string" | "translated_string":
                yield from _in_quotes(here, source)
            case "word":
                yield from _escaped(source, start, end, None)
            case _:
                yield from _plain(source, start, end)


def _in_quotes(node: Node, source: Source) -> Iterator[tuple[int, int]]:
    at = source.text.index(b'"', node.start_byte) + 1
    for child in node.named_children:
        if child.type in _EXPANSIONS:
            yield from _escaped(source, at, child.start_byte, _ESCAPED_IN_QUOTES)
            yield from _plain(source, child.start_byte, child.end_byte)
            at = child.end_byte
    yield from _escaped(source, at, node.end_byte - 1, _ESCAPED_IN_QUOTES)


def _plain(source: Source, start: int, end: int) -> Iterator[tuple[int, int]]:
    for offset in range(start, end):
        yield source.text[offset], source.file_offset(offset)


def _escaped(source: Source, start: int, end: int, escaped: bytes | None) -> Iterator[tuple[int, int]]:
    """Yield the bytes without escaping backslashes; `escaped` are the characters that can be escaped, None for all."""
    offset = start
    while offset < end:
        byte, following = source.text[offset], source.text[offset + 1 : offset + 2]
        if byte == ord("\\") and offset + 1 < end and (escaped is None or following in escaped):
            offset += 1
            byte = following[0]
            if byte == ord("\n"):
                offset += 1
                continue
        yield byte, source.file_offset(offset)
        offset += 1
