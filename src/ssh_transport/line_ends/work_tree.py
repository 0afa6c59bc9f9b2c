"""The shell scripts that a git work tree tracks, and what git makes of their line ends."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from . import git, handles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# ``i/lf    w/crlf  attr/text eol=lf   <TAB>name``: git-ls-files(1). A name that git can't read as text has `-text`.
_EOL = re.compile(rb"i/(?P<stored>\S*) +w/\S* +attr/[^\t]*\t(?P<name>.*)", re.DOTALL)


class Rule(NamedTuple):
    """The attributes of a path that decide on its line ends: gitattributes(5)."""

    text: str
    eol: str

    @property
    def is_lf(self) -> bool:
        """Whether git writes LF into the work tree, whatever its settings are."""
        return self.eol == "lf" and not self.is_untouched

    @property
    def is_untouched(self) -> bool:
        """Whether somebody decided that git leaves the line ends alone."""
        return self.text == "unset"


class Tracked(NamedTuple):
    """A tracked shell script and its line ends in the index, as git calls them: ``lf``, ``crlf``, ``mixed``."""

    name: str
    stored: str


def tracked_scripts(top: str) -> list[Tracked]:
    """Return the tracked files that are shell scripts, in the order of their names; links are none."""
    with handles.directory(top) as opened:
        return sorted({found for found in _tracked(top) if _is_script(opened, found.name)})


def rules(top: str, names: Iterable[str]) -> dict[str, Rule]:
    """Return the attributes of paths, relative to the top, which need not exist."""
    asked = b"".join(os.fsencode(name) + b"\0" for name in names)
    fields = git.ask(top, "check-attr", "-z", "--stdin", "text", "eol", data=asked).split(b"\0")
    said: dict[str, dict[str, str]] = {}
    for name, attribute, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        said.setdefault(os.fsdecode(name), {})[attribute.decode()] = value.decode("utf-8", "replace")
    return {name: Rule(**values) for name, values in said.items()}


def _tracked(top: str) -> Iterator[Tracked]:
    for line in git.ask(top, "ls-files", "-z", "--eol").split(b"\0"):
        if match := _EOL.fullmatch(line):
            yield Tracked(os.fsdecode(match["name"]), match["stored"].decode())


def _is_script(opened: int, name: str) -> bool:
    below, last = posixpath.split(name)
    try:
        with handles.directory(opened, below) as at:
            return handles.read_script(at, last) is not None
    except OSError:
        return False
