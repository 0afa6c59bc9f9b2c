"""The tree of a shell script, by tree-sitter: its nodes with what they stand in, and its words without quotes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

LOOK_S = 10.0
# Deeper nesting is nobody's script; `a && b && ...` nests once for each word.
_DEPTH = 300
_PIECE_BYTES = 1 << 16
_EXPANSIONS = frozenset({
    "simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "process_substitution",
})  # fmt: skip
_ESCAPED_IN_QUOTES = b'$`"\\\n'


class TooHard(Exception):
    """A look at a script did not come to an end in time."""


@dataclass(frozen=True)
class Source:
    """Shell text, and for each of its bytes the place in the file; what was unquoted has gaps."""

    text: bytes
    places: Sequence[int]

    @classmethod
    def of_file(cls, data: bytes) -> Source:
        return cls(data, range(len(data) + 1))

    def place(self, offset: int) -> int:
        return self.places[min(offset, len(self.places) - 1)] if self.places else 0


@dataclass(frozen=True, eq=False)
class At:
    """A node and what it stands in. (Its own `parent` would be searched from the root each time.)"""

    node: Node
    inside: At | None
    source: Source

    @property
    def kind(self) -> str:
        return self.node.type

    @property
    def text(self) -> bytes:
        return self.source.text[self.node.start_byte : self.node.end_byte]

    @property
    def place(self) -> int:
        return self.source.place(self.node.start_byte)

    def around(self) -> Iterator[At]:
        """Yield what it stands in, from the inside out."""
        at = self.inside
        while at:
            yield at
            at = at.inside

    def stands_in(self, *kinds: str) -> bool:
        return any(outer.kind in kinds for outer in self.around())


@dataclass(frozen=True)
class Word:
    """A word of a command as the command gets it: quotes taken off, expansions as they are written."""

    at: At

    @cached_property
    def unquoted(self) -> Source:
        pieces = list(_unquoted(self.at.node, self.at.source))
        return Source(bytes(byte for byte, _ in pieces), [place for _, place in pieces])

    @cached_property
    def text(self) -> str:
        return self.unquoted.text.decode("utf-8", "replace")

    @cached_property
    def expansions(self) -> tuple[At, ...]:
        """What the shell puts something else for."""
        return tuple(at for at in walk(self.at.node, self.at.source) if at.kind in _EXPANSIONS)

    @property
    def is_literal(self) -> bool:
        return not self.expansions


def parse(source: Source, end_s: float) -> Node:
    """
    Parse a script; errors are nodes of the tree.

    :raises TooHard: it is not done at `end_s` by the monotonic clock.
    """
    import tree_sitter
    import tree_sitter_bash

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    try:
        tree = parser.parse(
            lambda offset, _point: source.text[offset : offset + _PIECE_BYTES],
            progress_callback=lambda _offset, _has_error: time.monotonic() > end_s,
        )
    except ValueError as exc:
        raise TooHard from exc
    return tree.root_node


def walk(root: Node, source: Source) -> Iterator[At]:
    """Yield every named node in the order of the text, down to a bounded depth."""
    waiting = [(At(root, None, source), 0)]
    while waiting:
        at, depth = waiting.pop()
        yield at
        if depth < _DEPTH:
            waiting += [(At(child, at, source), depth + 1) for child in reversed(at.node.named_children)]


def joined(words: Sequence[Word]) -> Source:
    """Join words with spaces, as `ssh` does before it sends them."""
    text, places = bytearray(), list[int]()
    for word in words:
        if text:
            text += b" "
            places.append(word.at.place)
        text += word.unquoted.text
        places += word.unquoted.places
    return Source(bytes(text), places)


def _unquoted(node: Node, source: Source) -> Iterator[tuple[int, int]]:
    """Yield the bytes of a word with their places: quotes and escapes removed, see "Quoting" in bash(1)."""
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
        yield source.text[offset], source.place(offset)


def _escaped(source: Source, start: int, end: int, escaped: bytes | None) -> Iterator[tuple[int, int]]:
    """Yield what a backslash leaves; `escaped` are the characters it works on, None for all."""
    offset = start
    while offset < end:
        byte, following = source.text[offset], source.text[offset + 1 : offset + 2]
        if byte == ord("\\") and offset + 1 < end and (escaped is None or following in escaped):
            offset += 1
            byte = following[0]
            if byte == ord("\n"):
                offset += 1
                continue
        yield byte, source.place(offset)
        offset += 1
