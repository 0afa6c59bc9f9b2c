"""Ensures that git keeps the shell scripts of a work tree at LF line ends."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.git import ask as git
from ssh_transport.request.paths import local_path
from ssh_transport.text import count, one_line

from .script import SUFFIXES
from .work_tree import Rule, rules, tracked_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MODE = 0o644
_SHOWN = 20
_CRLF = frozenset({"crlf", "mixed"})
_AUTOCRLF = {"true": "true", "yes": "true", "on": "true", "1": "true", "input": "input"}
RULE = b"text eol=lf"
_GLOB = re.compile(rb"[\\*?\[]")
_PLAIN = re.compile(rb"[^\x00-\x20\"\x7f]+")
_C_STYLE = re.compile(rb"[\x00-\x1f\"\\\x7f]")


@dataclass(frozen=True)
class Attributes:
    """
    The lines added to `.gitattributes`, and what remains to be done.

    :ivar path: of the work tree.
    :ivar added: the lines that were missing.
    :ivar made: whether the file was changed.
    :ivar dry_run: whether it was to be left as it is.
    :ivar autocrlf: ``core.autocrlf`` of git's settings: ``true``, ``input`` or ``false``.
    :ivar undone: tracked scripts that git would still write with CRLF, by that setting or by another attribute; in a
        dry run, without the added lines.
    :ivar kept: tracked scripts that ``-text`` exempts, which stay exempt.
    :ivar renormalize: tracked scripts that are stored with CRLF.

    >>> hygiene.gitattributes(c, path="repo", dry_run=True).made
    False
    """

    path: str
    added: tuple[str, ...]
    made: bool
    dry_run: bool
    autocrlf: str
    undone: tuple[str, ...]
    kept: tuple[str, ...]
    renormalize: tuple[str, ...]

    def __str__(self) -> str:
        change = f"{count(len(self.added), 'line')} added" if self.added else "every script has LF (no change)"
        rows = [("dry run: " if self.dry_run and self.added else "") + f"{one_line(self.path)}: {change}"]
        rows += [f"  {one_line(line)}" for line in self.added]
        rows.append(self._setting())
        rows += _listed("still not LF, see git check-attr -a", self.undone)
        rows += _listed("exempt by -text, not changed", self.kept)
        if self.renormalize:
            rows += _listed("stored with CRLF", self.renormalize)
            words = shlex.join(["git", "add", "--renormalize", "--", *self.renormalize[:_SHOWN]])
            rows.append(f"store them with LF: {one_line(words)}")
        return "\n".join(rows)

    def _setting(self) -> str:
        if self.autocrlf == "true":
            which = "without these lines" if self.dry_run and self.added else "of what no line covers"
            return f"core.autocrlf is true: git makes CRLF {which}; `eol=lf` overrides it"
        return f"core.autocrlf is {self.autocrlf}: it makes no CRLF"


def ensure_attributes(path: str, *, dry_run: bool) -> Attributes:
    """
    Ensure that git uses LF for every tracked shell script of the work tree around `path`, and for every new `*.sh`.

    Missing lines are added to `.gitattributes` in its top directory; nothing else is changed.

    :raises UsageError: `path` is in no work tree.
    :raises LocalFileError: `.gitattributes` is not a regular file.
    :raises ToolMissing: git is not installed.
    """
    top = _top(path)
    target, scripts = Path(top, ".gitattributes"), tracked_scripts(top)
    names = [script.name for script in scripts]
    before = rules(top, names)
    kept = tuple(name for name in names if before[name].is_untouched)
    old = _content(target)
    # A line that exists and has no effect is overridden by another; adding it again would not help.
    present = {line.strip() for line in old.split(b"\n")}
    lines = [line for line in _missing(top, names, before) if line not in present]
    made = bool(lines) and not dry_run
    if made:
        # At the end, our lines would override those that exempt a script.
        files.write(target, with_lines(old, lines, first=bool(kept)), mode=_MODE)
    after = rules(top, names) if made else before
    return Attributes(
        path=str(target),
        added=tuple(map(os.fsdecode, lines)),
        made=made,
        dry_run=dry_run,
        autocrlf=_autocrlf(top),
        undone=tuple(name for name in names if not after[name].is_lf and name not in kept),
        kept=kept,
        renormalize=tuple(script.name for script in scripts if script.stored in _CRLF and script.name not in kept),
    )


def _top(path: str) -> str:
    whole = os.path.realpath(local_path(path))
    directory = whole if os.path.isdir(whole) else os.path.dirname(whole)  # noqa: PTH112, PTH120 - may be any bytes
    top = git.work_tree(directory) if os.path.isdir(directory) else None  # noqa: PTH112 - as above
    if top is None:
        hint = "name one: --path=DIR; or make it one: git init"
        raise UsageError(f"`{one_line(path)}` is in no git work tree", hint=hint)
    return top


def _missing(top: str, names: list[str], before: dict[str, Rule]) -> list[bytes]:
    suffixes = dict(suffix_patterns(names))
    for_any = rules(top, suffixes.values())
    lines = [glob + b" " + RULE for glob, name in suffixes.items() if not for_any[name].is_lf]
    for name in names:
        rule = before[name]
        if not rule.is_lf and not rule.is_untouched and not name.endswith(SUFFIXES):
            lines.append(pattern(os.fsencode(name)) + b" " + RULE)
    return lines


def _content(target: Path) -> bytes:
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise LocalFileError(f"`{one_line(str(target))}` is no regular file, so git ignores it", hint="replace it")
    return target.read_bytes() if target.exists() else b""


def _autocrlf(top: str) -> str:
    value = git.run(top, "config", "--get", "core.autocrlf", may_fail=True).decode("utf-8", "replace")
    return _AUTOCRLF.get(value.strip().lower(), "false")


def _listed(heading: str, names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    more = [f"  and {len(names) - _SHOWN:,} more"] if len(names) > _SHOWN else []
    return [f"{heading}:", *(f"  {one_line(name)}" for name in names[:_SHOWN]), *more]


def pattern(name: bytes) -> bytes:
    """Return the pattern that matches only this path, relative to the top of the work tree: gitattributes(5)."""
    literal = b"/" + _GLOB.sub(rb"\\\g<0>", name)
    if _PLAIN.fullmatch(literal):
        return literal
    return b'"' + _C_STYLE.sub(lambda match: b"\\%03o" % ord(match[0]), literal) + b'"'


def suffix_patterns(names: Iterable[str]) -> Iterator[tuple[bytes, str]]:
    """Yield patterns for suffixes, `*.sh` and those in use, each with a name that no other pattern matches."""
    used = {suffix for name in names for suffix in SUFFIXES if name.endswith(suffix)}
    for suffix in SUFFIXES:
        if suffix in used or suffix == SUFFIXES[0]:
            yield b"*" + suffix.encode(), f"any-script-of-this-suffix{suffix}"


def with_lines(old: bytes, lines: Iterable[bytes], *, first: bool) -> bytes:
    """
    Return the file with added lines, in its own line ends; the old lines are not changed.

    :param first: add them at the beginning, where the old lines override them; else at the end.
    """
    end = b"\r\n" if b"\r\n" in old else b"\n"
    new = b"".join(line + end for line in lines)
    if first:
        return new + old
    return old + (end if new and old and not old.endswith(b"\n") else b"") + new
