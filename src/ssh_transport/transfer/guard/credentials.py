"""What of a push would be a credential: found among its files, and refused."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shlex
import stat
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.credentials import archives, catalogue
from ssh_transport.credentials.kinds import SSH_DIRECTORY, kind_in
from ssh_transport.errors import Guarded
from ssh_transport.request.patterns import literal_exclude
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.guard import root_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NAMED = 10
# Text is read whole up to this, as that costs little; of anything else a beginning.
_WHOLE_BYTES = 4 << 20
_HEAD_BYTES = 1 << 17
_ARCHIVE_BYTES = 32 << 20
# Of a repository, a bare one, a submodule, or its objects alone.
_PACK = re.compile(r"(?:^|/)pack/pack-[^/]+\.pack$")
_OBJECT = re.compile(r"(?:^|/)[0-9a-f]{2}/[0-9a-f]{38,}$")


@dataclass(frozen=True)
class Found:
    """Something that should not travel: its path relative to the root of the push, and what it is, in words."""

    path: str
    kind: str


def check(
    here: str, names: Iterable[str], allow: Sequence[str] = (), *, copy_links: bool = False, is_one: bool = False
) -> None:
    """
    Stop a push that would carry credentials; their paths are named, nothing of their content is.

    :param is_one: whether a single file is sent, of which nothing can be left out.
    :raises Guarded: with what was found, and how to send a secret instead.
    """
    unseen: list[str] = []
    names = list(names)
    all_found = found(here, names, allow, copy_links=copy_links, unseen=unseen)
    if unseen:
        others = f" and {len(unseen) - 1:,} more" if len(unseen) > 1 else ""
        leave_out = f"; if one may hold any, leave it out: --exclude={_typed(literal_exclude(unseen[0]))}"
        shown = f"`{one_line(unseen[0])}`{others}{'' if is_one else leave_out}"
        say(f"not looked into for credentials, or only at the beginning: {shown}")
    if names and not catalogue.is_there():
        hint = "pip install kingfisher-secret-scanner"
        say(f"not looked for: tokens of services, as this machine lacks the catalogue of their shapes ({hint})")
    if not all_found:
        return
    named = all_found[:_NAMED]
    lines = [f"`{one_line(one.path)}` is {one.kind}" for one in named]
    leave_out = "" if is_one else f"leave a path out with --exclude={_typed(literal_exclude(named[0].path))}, "
    let_through = " ".join(f"--allow={_typed(_literal(one.path))}" for one in named)
    more = [f"and {len(all_found) - _NAMED:,} more"] if len(all_found) > _NAMED else []
    raise Guarded(
        f"{count(len(all_found), 'path')} would carry credentials to the box; nothing was sent",
        cause="\n".join([*lines, *more]),
        hint="stream one secret with `ssh-transport -H ALIAS secrets.push NAME`, "
        f"{leave_out}or let it through by name: {let_through}",
    )


def found(
    here: str,
    names: Iterable[str],
    allow: Sequence[str] = (),
    *,
    copy_links: bool = False,
    unseen: list[str] | None = None,
) -> list[Found]:
    """
    Return what among the files of a push is a credential, in their order.

    A symlink carries nothing as such; with `copy_links` what it leads to counts. What can't be read is not copied
    either, and is passed over. Of large files only the beginning is looked at, of small archives every member.

    :param allow: fnmatch(3) patterns over the relative path or the last component. A ``.ssh`` directory must be allowed
        by its very name, and what is in it is still looked at.
    :param unseen: gets the paths of what was looked at in part, or not at all.
    """
    root = root_of(here)
    seen: dict[str, Found] = {}
    partly = unseen if unseen is not None else []
    with share.finding() as known:
        for name in names:
            path = name.rstrip("/")
            for one in _found(root, path, allow, partly, known, copy_links=copy_links):
                seen.setdefault(one.path, one)
    return list(seen.values())


def allowed(path: str, allow: Sequence[str]) -> bool:
    """Whether a pattern, or the name itself, lets a path through."""
    base = path.rpartition("/")[2]
    return any(
        pattern in {path, base} or fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(base, pattern)
        for pattern in allow
    )


def _found(  # noqa: PLR0913 - where, what, what for, and two to be added to
    root: str,
    name: str,
    allow: Sequence[str],
    unseen: list[str],
    known: dict[tuple[object, ...], tuple[str, bool]] | None,
    *,
    copy_links: bool,
) -> Iterator[Found]:
    whole = os.path.join(root, name)  # noqa: PTH118 - 100,000 names: pathlib is five times slower
    try:
        status = os.lstat(whole)
        linked = stat.S_ISLNK(status.st_mode)
        if linked and copy_links:
            status = os.stat(whole)  # noqa: PTH116 - as above
        real = os.path.realpath(whole) if linked else whole
        if SSH_DIRECTORY in name or (linked and SSH_DIRECTORY in real):
            yield from _ssh_directory(name, real, allow, is_directory=stat.S_ISDIR(status.st_mode))
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return
        key = whole, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        seen = known.get(key) if known is not None else None
        kind, is_seen = seen or _kind_of(real, name, status.st_size, {whole, real})
        if known is not None:
            known[key] = kind, is_seen
        if not kind and not is_seen:
            unseen.append(name)
    except OSError:
        return
    if kind and not allowed(name, allow):
        yield Found(name, kind)


def _kind_of(real: str, name: str, size_bytes: int, places: set[str]) -> tuple[str, bool]:
    """Return what a file is, and whether all of it was looked at."""
    data, is_whole = _content(real, size_bytes)
    if kind := kind_in(data, size_bytes, places):
        return kind, is_whole
    return _kind_inside(real, name, data, size_bytes, is_whole=is_whole)


def _kind_inside(real: str, name: str, data: bytes, size_bytes: int, *, is_whole: bool) -> tuple[str, bool]:
    """
    Return what a member of an archive is, or a deflated object of git, and whether all of it was looked at.

    :param is_whole: whether `data` is the whole file.
    """
    if _OBJECT.search(name) and (inside := archives.git_object(data)):
        return kind_in(inside, len(inside), {name}), is_whole
    if archives.is_archive(data) and size_bytes <= _ARCHIVE_BYTES:
        try:
            for member, content in archives.members(real):
                if kind := kind_in(content, len(content), {member}):
                    return f"an archive with {kind} in `{one_line(member)}`", True
        except ValueError:
            return "", False
        return "", True
    return "", is_whole and not _PACK.search(name) and not archives.is_closed(data)


def _ssh_directory(name: str, real: str, allow: Sequence[str], *, is_directory: bool) -> Iterator[Found]:
    parts = name.split("/")
    directories = parts if is_directory else parts[:-1]
    if SSH_DIRECTORY in directories:
        path, kind = "/".join(parts[: directories.index(SSH_DIRECTORY) + 1]), "an ssh directory"
    elif is_directory and os.path.basename(real) == SSH_DIRECTORY:  # noqa: PTH119 - as above
        path, kind = name, "a link to an ssh directory"
    else:
        return
    if not {SSH_DIRECTORY, path} & set(allow):
        yield Found(path, kind)


def _content(path: str, size_bytes: int) -> tuple[bytes, bool]:
    """Return the beginning, of text up to 4 MiB all, UTF-16 as UTF-8; and whether it is the whole file."""
    # A pipe that took the file's place meanwhile must not hold us up.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        data = os.read(handle, _HEAD_BYTES)
        if len(data) == _HEAD_BYTES and (_utf16(data) or b"\0" not in data):
            for piece in iter(partial(os.read, handle, _WHOLE_BYTES - len(data)), b""):
                data += piece
                if len(data) >= _WHOLE_BYTES:
                    break
    finally:
        os.close(handle)
    encoding, is_whole = _utf16(data), len(data) >= size_bytes
    return (data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else data), is_whole


def _utf16(data: bytes) -> str:
    """Return the UTF-16 that a text is in, as PowerShell writes it or without its mark, or nothing."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    head = data[:64]
    if len(head) < 8 or b"\0" not in head:  # noqa: PLR2004 - too little to tell
        return ""
    for encoding, low in (("utf-16-le", 0), ("utf-16-be", 1)):
        if not any(head[1 - low :: 2]) and all(head[low::2]):
            return encoding
    return ""


def _literal(path: str) -> str:
    return glob.escape(path)


def _typed(word: str) -> str:
    return shlex.quote(one_line(word))
