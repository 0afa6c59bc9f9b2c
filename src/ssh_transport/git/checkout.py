"""What git would send of a directory: tracked files as they lie there, and new ones that are not ignored."""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.text import count, one_line

from . import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

_GITLINK = b"160000"
_SHORT = 12
_NAMED = 5


@dataclass(frozen=True)
class Checkout:
    """
    The names of files and links below a directory, in their order, and which code that is.

    ``commit`` and ``branch`` are empty where there is none. ``dirt`` is what differs from the commit, as ``git status
    --short`` has it, relative to the directory. ``told`` is what a person would miss, in words: submodules that are not
    there, repositories inside, what a sparse checkout leaves out.
    """

    names: tuple[str, ...]
    commit: str
    branch: str
    dirt: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def checkout(directory: str) -> Checkout:
    """
    Return what git would send of a directory in a work tree; submodules as they lie there.

    :raises UsageError: it is in no work tree, or git would send nothing of it.
    :raises ToolMissing: git is not installed.
    :raises CommandFailed: git refuses, for example because the work tree belongs to another user.
    """
    if ask.work_tree(directory) is None:
        raise UsageError(
            f"`{one_line(directory)}` is in no git work tree",
            hint="name a directory in one; a bare repository has no files; without --git all of it is pushed",
        )
    found = _Found(directory)
    found.look("")
    if not found.names:
        raise UsageError(
            f"git would send nothing of `{one_line(directory)}`",
            cause="it is empty, or all of it is ignored",
            hint="git status --ignored; without --git all of it is pushed",
        )
    return Checkout(
        names=tuple(sorted(found.names)),
        commit=_text(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
        branch=_text(directory, "symbolic-ref", "--quiet", "--short", "HEAD"),
        dirt=tuple(found.dirt),
        told=tuple(found.told()),
    )


def described(commit: str, *, is_dirty: bool) -> str:
    """Return a commit as ``git describe --always --dirty`` does."""
    return (commit[:_SHORT] or "no-commit") + ("-dirty" if is_dirty else "")


@dataclass
class _Found:
    """The look through a work tree and its submodules."""

    top: str
    names: list[str] = field(default_factory=list)
    dirt: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    sparse: list[str] = field(default_factory=list)
    unwatched: list[str] = field(default_factory=list)
    _real: dict[str, bool] = field(default_factory=lambda: {"": True})

    def look(self, below: str) -> None:
        """Look at the work tree that the directory `below` is in, or is the top of; then at its submodules."""
        at = posixpath.join(self.top, below)
        submodules: list[str] = []
        for tag, mode, name in _tracked(at):
            whole = posixpath.join(below, name)
            if mode == _GITLINK:
                submodules.append(whole)
            elif self._is_there(whole):
                self.names.append(whole)
                # git-ls-files(1), -v: a lowercase letter.
                self.unwatched += [whole] if tag.islower() else []
            elif tag in {"S", "s"}:
                self.sparse.append(whole)
        for name in _untracked(at):
            whole = posixpath.join(below, name)
            if name.endswith("/"):
                self.inside.append(whole)
            elif self._is_there(whole):
                self.names.append(whole)
        self.dirt += _dirt(at, below)
        for whole in submodules:
            if os.path.lexists(posixpath.join(self.top, whole, ".git")):
                self.look(whole)
            else:
                self.absent.append(whole)

    def told(self) -> Iterator[str]:
        """Yield what a person would miss."""
        kinds = {
            "submodule that is not here, so not sent (git submodule update --init)": self.absent,
            "repository inside that is no submodule, so not sent": self.inside,
            "file that the sparse checkout leaves out": self.sparse,
            "file that git was told not to watch (--assume-unchanged), sent as it is": self.unwatched,
        }
        for what, names in kinds.items():
            if names:
                noun, _, rest = what.partition(" ")
                more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
                yield f"{count(len(names), noun)} {rest}: {', '.join(map(one_line, names[:_NAMED]))}{more}"

    def _is_there(self, name: str) -> bool:
        """Whether it is a file or a link, in real directories: what a link leads to is no part of the work tree."""
        directory = posixpath.dirname(name)
        if not self._is_real(directory):
            return False
        try:
            mode = os.lstat(posixpath.join(self.top, name)).st_mode
        except OSError:
            return False
        return stat.S_ISREG(mode) or stat.S_ISLNK(mode)

    def _is_real(self, directory: str) -> bool:
        if directory not in self._real:
            above = self._is_real(posixpath.dirname(directory))
            self._real[directory] = above and not os.path.islink(posixpath.join(self.top, directory))  # noqa: PTH114 - any bytes
        return self._real[directory]


def _tracked(directory: str) -> Iterator[tuple[str, bytes, str]]:
    """Yield the tag, mode and name of what git tracks below a directory, each once; see ``-v`` in git-ls-files(1)."""
    last = b""
    for line in ask.run(directory, "ls-files", "-z", "-v", "--stage").split(b"\0"):
        about, _, name = line.partition(b"\t")
        # What is unmerged is listed once for every side.
        if name and name != last:
            tag, mode, *_ = about.split()
            yield tag.decode(), mode, os.fsdecode(name)
        last = name


def _untracked(directory: str) -> Iterator[str]:
    listed = ask.run(directory, "ls-files", "-z", "--others", "--exclude-standard")
    yield from map(os.fsdecode, filter(None, listed.split(b"\0")))


def _dirt(directory: str, below: str) -> Iterator[str]:
    """Yield what differs from the commit below a directory; of a submodule only that it is at another commit."""
    prefix = ask.run(directory, "rev-parse", "--show-prefix").removesuffix(b"\n")
    words = ("-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty")
    for line in ask.run(directory, "status", "--porcelain", *words, "--", ".").split(b"\0"):
        if line:
            state, name = line[:2].decode("ascii", "replace"), os.fsdecode(line[3:].removeprefix(prefix))
            yield f"{state} {posixpath.join(below, name)}"


def _text(directory: str, *arguments: str) -> str:
    return ask.run(directory, *arguments, may_fail=True).decode("utf-8", "replace").strip()


def dirt_in_words(dirt: tuple[str, ...]) -> str:
    """Return how much of what kind differs from the commit: ``2 changed, 1 untracked``."""
    untracked = sum(line.startswith("??") for line in dirt)
    said = [f"{len(dirt) - untracked:,} changed"] if len(dirt) > untracked else []
    said += [count(untracked, "new file")] if untracked else []
    return ", ".join(said)
