"""Audits secrets in files of a box: in shell histories and scripts, on shared disks, or readable by others."""

from __future__ import annotations

import re
import shlex
import stat
from collections import defaultdict
from typing import TYPE_CHECKING

from ssh_transport.credentials.kinds import kind_in
from ssh_transport.credentials.private_keys import kind_of
from ssh_transport.errors.commands import typed
from ssh_transport.facts.heads import BUFFER
from ssh_transport.facts.leaked_secrets import DUMP, LINES, is_dump, leaked_secrets_in
from ssh_transport.facts.secret_lines import secrets_in

from .box_files import path_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ssh_transport.facts.heads import Head
    from ssh_transport.facts.leaked_secrets import LeakedSecret

    from .box_files import BoxFiles
    from .finding import Finding

_OWN_KEY_FILE = "a key file"
_NAMED_LINES = 20
_PLAIN = "[A-Za-z0-9_.~+/=:@%-]"
_MOST_TIMES = 250


def examine(box_files: BoxFiles) -> Iterator[Finding]:
    """Yield lines with secrets, and credential files that are on shared disks or that others may read."""
    yield from _lines(box_files)
    for head, kind in _files(box_files):
        yield from _file(box_files, head, kind)


def held(box_files: BoxFiles, known: Collection[str]) -> Iterator[Finding]:
    """
    Yield all that holds a secret, whoever may read it.

    :param known: paths that are left out, those in the home without it.
    """
    yield from _lines(box_files)
    for head, kind in _files(box_files):
        place = path_of(head)
        if not {head.path, place} & {*known}:
            why = "whoever gets the box, or an image of it, can read it"
            yield box_files.finding("failure", place, kind, why=why, command=f"rm -- {typed(place)}")


def _files(box_files: BoxFiles) -> Iterator[tuple[Head, str]]:
    heads = {path_of(head): head for head in (*box_files.files.of("named"), *box_files.found)}
    # `login` reports the private keys in `~/.ssh` and those that the search found.
    return ((head, kind) for head in heads.values() if (kind := _kind(head)))


def _lines(box_files: BoxFiles) -> Iterator[Finding]:
    by_path: dict[str, list[LeakedSecret]] = defaultdict(list)
    for secret in leaked_secrets_in(box_files.profile, box_files.files, ()):
        by_path[secret.path].append(secret)
    heads = {path_of(head): head for head in box_files.files.of(LINES)}
    for path, secrets in by_path.items():
        numbers = [secret.line for secret in secrets]
        shared = box_files.why_shared(heads[path])
        wide = heads[path].is_wide
        shown = ",".join(map(str, numbers[:_NAMED_LINES])) + (",..." if len(numbers) > _NAMED_LINES else "")
        why = shared or ("others may read the file" if wide else "every image of the disk will contain it")
        yield box_files.finding(
            "failure" if shared or wide else "warning",
            f"{path}:{shown}",
            ", ".join(sorted({secret.kind for secret in secrets})),
            why=f"{why}; revoke it as well" + ("; mend these, and audit again" if len(numbers) > _NAMED_LINES else ""),
            command=_removal(path, heads[path], numbers[:_NAMED_LINES]),
        )


def _removal(path: str, head: Head, numbers: Sequence[int | None]) -> str:
    """Return a command that puts a word in the place of each value: a line may be more than that, or in the midst."""
    if path.startswith(BUFFER):
        return f"tmux delete-buffer -b {typed(path.removeprefix(BUFFER))}"
    edits = [f"{number}{edit}" for number, line in head.lines if number in numbers for edit in _edits(line)]
    return f"env LC_ALL=C sed -i -E {shlex.quote(';'.join(edits))} {typed(path)}"


def _edits(line: bytes) -> Iterator[str]:
    """Yield the substitutions for a line, the last value first, as the places of those before it stay."""
    taken = len(line) + 1
    for begins, ends in sorted({(begins, ends) for _, begins, ends in secrets_in(line)}, reverse=True):
        if ends <= taken:
            # In a file that was changed meanwhile another text is there.
            kind = _PLAIN if re.fullmatch(_PLAIN.encode() + b"+", line[begins:ends]) else "."
            yield f"s|^({_times('.', begins)}){_times(kind, ends - begins)}|\\1removed|"
            taken = begins


def _times(what: str, number: int) -> str:
    """Return a pattern for something so many times: POSIX promises no more than 255 of one."""
    many, rest = divmod(number, _MOST_TIMES)
    return (f"({what}{{{_MOST_TIMES}}}){{{many}}}" if many else "") + f"{what}{{{rest}}}"


def _file(box_files: BoxFiles, head: Head, kind: str) -> Iterator[Finding]:
    place = path_of(head)
    if shared := box_files.why_shared(head):
        yield box_files.finding("failure", place, kind, why=shared, command=f"rm -- {typed(place)}")
    elif head.is_wide:
        mode = f"mode {stat.S_IMODE(head.mode):04o}"
        why = "others on the box may read it"
        yield box_files.finding("failure", place, f"{kind}, {mode}", why=why, command=f"chmod 600 {typed(place)}")


def _kind(head: Head) -> str:
    if head.is_directory or not head.size_bytes:
        return ""
    if head.group == "found" and kind_of(head.data, head.size_bytes):
        return ""
    if head.group == "found" and is_dump(head.data):
        return DUMP
    if kind := kind_in(head.data, head.size_bytes, {head.path, path_of(head)}):
        return kind
    return _OWN_KEY_FILE if head.group == "named" and head.path.endswith("_key") and head.data.strip() else ""
