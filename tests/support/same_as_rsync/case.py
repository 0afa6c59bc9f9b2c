"""One copy to compare: two trees as data, the options, and all of it in words."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# In a link's target: the directory beside the source that no copy is of.
OUTSIDE = "{outside}"
NOUNS = {"d": "directory", "f": "file", "l": "link"}


@dataclass(frozen=True, slots=True)
class Thing:
    """
    A directory, file or link: ``d``, ``f`` or ``l``.

    A file has `size_bytes` of the text that all files of its `version` have; a link leads to `link`.
    """

    kind: str
    mode: int = 0o644
    mtime_s: float = 1_500_000_000
    size_bytes: int = 0
    version: int = 0
    link: str = ""

    @property
    def noun(self) -> str:
        return NOUNS[self.kind]

    def __str__(self) -> str:
        if self.kind == "l":
            return f"link -> {one_line(self.link)!r}"
        size = f", {self.size_bytes} bytes of version {self.version}" if self.kind == "f" else ""
        return f"{self.noun} {self.mode:o}{size}, time {self.mtime_s:.11g}"


# By name relative to the top, which is called "" and is always there; what holds a name comes before it.
Tree = dict[str, Thing]


@dataclass(frozen=True)
class Case:
    """
    A copy.

    :param seed: what it was drawn from.
    :param task: ``pull``, ``push``, or ``copy`` for from box to box.
    :param name: what the source is called.
    :param contents: whether the source is named with a slash at its end.
    :param through_link: whether the source is named by a link that leads to it.
    :param target: what stands at the target; `None` for nothing.
    :param target_slash: whether the target is named with a slash at its end.
    :param target_link: whether the target is named by a link that leads to it.
    :param place: the target, below a directory that is there.
    :param large_bytes: from which size on a file is worth resuming.
    """

    seed: int
    task: str
    source: Tree
    target: Tree | None
    name: str = "ckpt"
    place: str = "to"
    contents: bool = False
    through_link: bool = False
    target_slash: bool = False
    target_link: bool = False
    exclude: tuple[str, ...] = ()
    delete: bool = False
    copy_links: bool = False
    inplace: bool = False
    atomic: bool = False
    large_bytes: int = 4_000_000

    def flags(self) -> Iterator[str]:
        """Yield the options as both rsync and our tasks spell them, but for ``--atomic``, which rsync has not."""
        for name in ("delete", "copy_links", "inplace", "atomic"):
            if getattr(self, name):
                yield f"--{name.replace('_', '-')}"
        for pattern in self.exclude:
            yield f"--exclude={pattern}"

    def features(self) -> Iterator[str]:
        """Yield what is special about it, to count."""
        yield self.task
        yield from sorted({flag.partition("=")[0] for flag in self.flags()})
        yield f"the source is a {self.source[''].noun}{', by a link' if self.through_link else ''}"
        yield "the target is missing" if self.target is None else f"the target is a {self.target[''].noun}"
        for name in ("contents", "target_slash", "target_link"):
            if getattr(self, name):
                yield name.replace("_", " ")

    def __str__(self) -> str:
        link = " (a link to it)"
        source = f"{self.name}{'/' if self.contents else ''}"
        target = f"{self.place}{'/' if self.target_slash else ''}"
        command = " ".join([self.task, *(one_line(shlex.quote(flag)) for flag in self.flags())])
        large = f", resumes from {self.large_bytes} bytes" if self.large_bytes != Case.large_bytes else ""
        return "\n".join(
            [
                f"seed {self.seed}: {command} {one_line(shlex.quote(source))} {shlex.quote(target)}{large}",
                f"  source{link if self.through_link else ''}:",
                *_lines(self.source),
                f"  target{link if self.target_link else ''}:{'' if self.target else ' nothing'}",
                *_lines(self.target or {}),
            ]
        )


def _lines(tree: Mapping[str, Thing]) -> list[str]:
    return [f"    {one_line(name) or '.'}: {thing}" for name, thing in tree.items()]


def above(name: str) -> str:
    """Return the name of the directory that holds another."""
    return name.rpartition("/")[0]


def without(tree: Mapping[str, Thing], name: str) -> Tree:
    """Return the tree without what has this name, and what is below it."""
    return {inner: thing for inner, thing in tree.items() if inner != name and not inner.startswith(f"{name}/")}
