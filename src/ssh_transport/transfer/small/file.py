"""One small file, to a box or from it, at once: whole with its mode, or as it was before."""

from __future__ import annotations

import contextlib
import os
import posixpath
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.change import Change
from ssh_transport.errors import Incomplete, LinkLost, NoSuchPath, UsageError
from ssh_transport.line_ends.ends import as_lf
from ssh_transport.request.paths import local_path, remote_path
from ssh_transport.text import one_line, size
from ssh_transport.transfer.guard import credentials, crlf
from ssh_transport.trees.box_files import box_files
from ssh_transport.trees.here import Here
from ssh_transport.trees.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.box import Box
    from ssh_transport.trees.box_files import BoxFiles

LIMIT_BYTES = 64 << 20
# What a box says of a mode is not trusted with the rights of others.
_FROM_A_BOX = 0o755


def put(  # noqa: PLR0913 - the guards' two switches beside what is put where
    box: Box,
    local: str,
    remote: str,
    mode: int | None = None,
    *,
    allow: Sequence[str] = (),
    fix_crlf: bool = False,
    dry_run: bool = False,
) -> Change:
    """
    Ensure that a file on the box has the content of a local one; missing directories are made.

    A target that is a directory or ends in a slash keeps the file's name, as for cp(1); a link is followed. Content and
    mode are compared: a file that has both is left alone, time and all.

    :param mode: permissions; without it those of the local file.
    :raises Guarded: it is a credential, and `allow` does not let it through.
    :raises UsageError: it is no file, or too large.
    """
    here = local_path(local)
    instead = f"{_command_for(box)} transfer.push --path={{}} --to={shlex.quote(one_line(remote))}"
    entry = _small(Here().look(os.path.realpath(here)), here, "this machine", instead)
    credentials.check(here, [Path(here).name], allow, copy_links=True, is_one=True)
    data = _read(Path(here))
    data = as_lf(data) if fix_crlf and crlf.scripts(here, [Path(here).name], copy_links=True) else data
    wanted = stat.S_IMODE(entry.mode) & 0o777 if mode is None else mode
    with _named_as(box, remote) as there, box_files(box) as files_there:
        path = _target(files_there, there, Path(here).name, box.name)
        made = _ensure(files_there, path, data, Entry(wanted, len(data), entry.mtime_s), dry_run=dry_run)
    return _change(f"{one_line(here)} -> {box.name}:{_shown(path)}", len(data), wanted, made=made, dry_run=dry_run)


def get(box: Box, remote: str, local: str, mode: int | None = None, *, dry_run: bool = False) -> Change:
    """
    Ensure that a local file has the content of one on the box; missing directories are made.

    Targets and comparison are as in `put`.

    :param mode: permissions; without it those on the box, less the right of others to write.
    :raises NoSuchPath: it is not there.
    :raises UsageError: it is no file, or too large.
    """
    with _named_as(box, remote) as there, box_files(box) as files_there:
        origin = files_there.resolved(there)
        entry = files_there.look(origin) if origin else None
        entry = _small(entry, there, f"`{box.name}`", f"{_command_for(box)} transfer.pull --path={{}}")
        data = files_there.content(origin, entry.size or LIMIT_BYTES)
    if len(data) < entry.size:
        raise Incomplete(f"`{_shown(there)}` changed while it was read", box=box.name, hint="run it again")
    name = posixpath.basename(there) or posixpath.basename(origin)
    target = _local_target(local_path(local), name)
    wanted = stat.S_IMODE(entry.mode) & _FROM_A_BOX if mode is None else mode
    there_now = Here().look(str(target))
    same_content = there_now is not None and there_now.size == len(data) and _read(target) == data
    made = not (same_content and there_now is not None and stat.S_IMODE(there_now.mode) == wanted)
    if made and not dry_run:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.replace(target, data, mode=wanted, mtime_s=entry.mtime_s)
    route = f"{box.name}:{_shown(there)} -> {one_line(str(target))}"
    return _change(route, len(data), wanted, made=made, dry_run=dry_run)


@contextlib.contextmanager
def _named_as(box: Box, remote: str) -> Iterator[str]:
    """Yield the path on the box; what falls silent while it is in use is a lost link."""
    there = remote_path(remote)
    try:
        there.encode()
    except UnicodeEncodeError as exc:
        raise UsageError(
            f"`{one_line(there)}` is not UTF-8, and has to be here",
            hint="transfer.pull and transfer.push take any name",
        ) from exc
    try:
        yield there
    except TimeoutError as exc:
        raise LinkLost(f"`{box.name}` fell silent", box=box.name, hint="run the same command again") from exc


def _small(entry: Entry | None, path: str, where: str, instead: str) -> Entry:
    """Return what is known of a source, if it is a file and small enough; `instead` is a command with a gap."""
    shown = _shown(path)
    command = instead.replace("{}", shlex.quote(shown), 1)
    if entry is None:
        raise NoSuchPath(f"there is no `{shown}` on {where}")
    if entry.kind == "d":
        raise UsageError(f"`{shown}` on {where} is a directory", hint=f"copy it whole: {command}")
    if entry.kind != "f":
        raise UsageError(f"`{shown}` on {where} is no file", hint="devices, pipes and sockets have no end")
    if path.endswith("/"):
        raise UsageError(f"`{shown}` on {where} is no directory", hint="leave the slash at the end out")
    if entry.size > LIMIT_BYTES:
        too_much = f"`{shown}` on {where} is {size(entry.size)}, and no more than {size(LIMIT_BYTES)} go at once"
        raise UsageError(too_much, hint=f"copy it through drops: {command}")
    return entry


def _target(files_there: BoxFiles, there: str, name: str, box: str) -> str:
    """Return where a file comes to stand on a box, links resolved."""
    for path in (there, posixpath.join(there, name)):
        real = files_there.resolved(path.rstrip("/") or "/")
        entry = files_there.look(real) if real else None
        if entry is None or entry.kind != "d":
            break
    if entry is not None and entry.kind == "d":
        raise UsageError(f"`{_shown(path)}` on `{box}` is a directory", hint="name another --to")
    if entry is not None and (entry.kind != "f" or (path == there and there.endswith("/"))):
        raise UsageError(f"`{_shown(path)}` on `{box}` is no {'file' if entry.kind != 'f' else 'directory'}")
    return real or (posixpath.join(path, name) if path.endswith("/") else path)


def _local_target(path: str, name: str) -> Path:
    target = Path(path, name) if path.endswith("/") or Path(path).is_dir() else Path(path)
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_file():
        raise UsageError(f"`{one_line(str(target))}` is there and is no file", hint="name another --to")
    return target


def _ensure(files_there: BoxFiles, path: str, data: bytes, wanted: Entry, *, dry_run: bool) -> bool:
    """Bring the file on the box about, and return whether anything differed."""
    there = files_there.look(path)
    same = there is not None and there.size == wanted.size and files_there.content(path, wanted.size) == data
    if there is not None and same and stat.S_IMODE(there.mode) == wanted.mode:
        return False
    if not dry_run and same:
        files_there.chmod(path, wanted.mode)
    elif not dry_run:
        files_there.store(path, data, wanted)
    return True


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UsageError(f"`{one_line(str(path))}` grew over {size(LIMIT_BYTES)}", hint="use transfer.push")
    return data


def _change(route: str, size_bytes: int, mode: int, *, made: bool, dry_run: bool) -> Change:
    would = "dry run: " if dry_run else ""
    return Change(f"{would}{route}: {size(size_bytes)}, mode {mode:04o}", made=made)


def _shown(path: str) -> str:
    return one_line(path.removeprefix("./"))


def _command_for(box: Box) -> str:
    return f"ssh-transport -H {shlex.quote(box.name)}"
