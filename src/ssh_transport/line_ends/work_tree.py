"""The tracked shell scripts of a git work tree, and the attributes that decide on their line ends."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.git import ask as git

from . import handles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# ``i/lf    w/crlf  attr/text eol=lf   <TAB>name``: git-ls-files(1). A binary file has `i/-text`.
_EOL = re.compile(rb"i/(?P<stored>\S*) +w/\S* +attr/[^\t]*\t(?P<name>.*)", re.DOTALL)


class Rule(NamedTuple):
    """The attributes of a path that decide on its line ends: gitattributes(5)."""

    text: str
    eol: str

    @property
    def is_lf(self) -> bool:
        """Whether git writes LF into the work tree, whatever `core.autocrlf` is."""
        return self.eol == "lf" and not self.is_untouched

    @property
    def is_untouched(self) -> bool:
        """Whether ``-text`` is set: git does not convert the line ends."""
        return self.text == "unset"


class Tracked(NamedTuple):
    """A tracked shell script and its line ends in the index, as git calls them: ``lf``, ``crlf``, ``mixed``."""

    name: str
    stored: str


def tracked_scripts(top: str) -> list[Tracked]:
    """Return the tracked shell scripts, sorted by name; links are left out."""
    with handles.directory(top) as opened:
        return sorted({tracked for tracked in _tracked(top) if _is_script(opened, tracked.name)})


def rules(top: str, names: Iterable[str]) -> dict[str, Rule]:
    """Return the attributes of paths, which are relative to the top and need not exist."""
    data = b"".join(os.fsencode(name) + b"\0" for name in names)
    fields = git.run(top, "check-attr", "-z", "--stdin", "text", "eol", data=data).split(b"\0")
    attributes: dict[str, dict[str, str]] = {}
    for name, attribute, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        attributes.setdefault(os.fsdecode(name), {})[attribute.decode()] = value.decode("utf-8", "replace")
    return {name: Rule(**values) for name, values in attributes.items()}


def _tracked(top: str) -> Iterator[Tracked]:
    for line in git.run(top, "ls-files", "-z", "--eol").split(b"\0"):
        if match := _EOL.fullmatch(line):
            yield Tracked(os.fsdecode(match["name"]), match["stored"].decode())


def _is_script(opened: int, name: str) -> bool:
    below, last = posixpath.split(name)
    try:
        with handles.directory(opened, below) as at:
            return handles.read_script(at, last) is not None
    except OSError:
        return False
