"""Rules for options of rsync that damage a copy, or more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule, Variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.script import Script
    from ssh_transport.lint.syntax import Word

_WITH_VALUE = "BTefM"
_UNQUOTED = frozenset({"simple_expansion", "expansion", "command_substitution"})


def append(script: Script) -> Iterator[Hit]:
    for command in script.commands:
        for word in command.words if command.name == "rsync" else ():
            if word.text == "--append":
                yield Hit(
                    word.at.file_offset,
                    "`--append` takes whatever is there for the beginning: a file that changed is mixed of old and new",
                )


def unquoted_delete(script: Script) -> Iterator[Hit]:
    known = Variables(script)
    for command in script.commands:
        words = " ".join(known.filled_in(word.text) for word in command.words).split()
        if command.name != "rsync" or not any(word == "--del" or word.startswith("--delete") for word in words):
            continue
        for word in options(command.words, _WITH_VALUE)[1]:
            if not word.text.startswith("-") and _has_unquoted(word):
                yield Hit(
                    word.at.file_offset,
                    f"`{word.text}` without quotes beside `--delete`: empty or with a space, it deletes somewhere else",
                )


def _has_unquoted(word: Word) -> bool:
    at = word.at
    if at.kind in _UNQUOTED:
        return True
    return at.kind == "concatenation" and any(child.type in _UNQUOTED for child in at.node.named_children)


RULES = (
    Rule(
        "ST209",
        "No `rsync --append`",
        "rsync --partial-dir=.rsync-partial resumes and compares; of files that only grow, --append-verify",
        "rsync -a --append proj-1:/root/ckpt .",
        "rsync -a --partial-dir=.rsync-partial proj-1:/root/ckpt .",
        append,
    ),
    Rule(
        "ST210",
        "No unquoted variable beside `rsync --delete`",
        'quote it, and end where it is empty: rsync -a --delete "${SRC:?}/" "HOST:${DIR:?}/"',
        "rsync -a --delete $SRC/ proj-1:/data/",
        'rsync -a --delete "${SRC:?}/" proj-1:/data/',
        unquoted_delete,
    ),
)
