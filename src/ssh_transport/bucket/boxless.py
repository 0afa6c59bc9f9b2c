"""
A copy to or from a volume whose box does not answer: by its service alone, and compared by what that tells.

That is the length of each object, and its entity tag: usually the MD5 of what was stored in one piece, and for several
pieces one made of theirs, but nobody promises that (RFC 9110, 8.8.3). So what has another tag is sent again, and counts
as there by its length after that.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport import files
from ssh_transport.errors import Incomplete, NoSuchPath
from ssh_transport.request.carried import Carried
from ssh_transport.request.landing import landing, own_name, sources_root
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.guard import content
from ssh_transport.transfer.result import Transfer
from ssh_transport.transfer.run import purpose

from .volume import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.errors import TaskError
    from ssh_transport.request.request import Request

    from .volume import Volume

_COMPARED = "by length and entity tag where there is a known one, as the box did not answer"


def copied(volume: Volume, request: Request, why: TaskError, show: Callable[[Progress], None]) -> Transfer:
    """
    Copy all plain files that differ; links, empty directories, modes and times of a push need the box.

    :param why: what the box was asked in vain with; raised if what is asked for takes more than files.
    :raises NoSuchPath: there is nothing of this name.
    :raises Incomplete: it was not stored as it is here, or not all of it could be.
    """
    options = request.options
    more = (options.dry_run, options.verify, options.delete, options.exclude, options.only)
    if request.box.is_connected or request.is_between or any(more):
        raise why
    say(f"{request.box.name} does not answer ({one_line(why.cause or why.what)}): by {one_line(volume.name)} alone")
    with files.locked(purpose(request)):
        start_s = time.monotonic()
        done = (_pushed if request.source.is_here else _pulled)(volume, request, show)
    return replace(done, seconds=round(time.monotonic() - start_s, 3))


def _pushed(volume: Volume, request: Request, show: Callable[[Progress], None]) -> Transfer:
    source = Path(request.source.path)
    root = Path(sources_root(request.source.path))
    found = landing(request, source_is_directory=source.is_dir(), target_is_directory=False)
    here, left = _files_below(source, root, follow=request.options.copy_links)
    content.check(request, sorted(here))
    place = volume.key(found.holder, request.box.name)
    keys = {name: posixpath.join(place, found.name or _below(name, found.top)) for name in here}
    left += [name for name in here if not volume.takes(keys[name])]
    fit = [name for name in here if volume.takes(keys[name])]
    volume.check()
    missing = [name for name in fit if not _is_there(volume, keys[name], root / name)]
    progress = Progress(total_bytes=sum(here[name] for name in missing))
    came = _counted(progress)
    each(lambda name: volume.store_file(root / name, keys[name], came), missing, lambda: show(progress))
    for name in missing:
        if not _is_there(volume, keys[name], root / name, by_length=True):
            raise Incomplete(
                f"`{one_line(name)}` is not on the volume `{volume.name}` as it is here", hint="run it again"
            )
    if left:
        cause = ", ".join(map(one_line, left[:3]))
        hint = "run it again when the box runs; it sends what is missing"
        raise Incomplete(f"{count(len(left), 'name')} can't be stored without the box", cause=cause, hint=hint)
    total = sum(here[name] for name in missing)
    return _told(request, here, missing, Carried(volume.name, len(missing), len(missing), total, 0, _COMPARED))


def _pulled(volume: Volume, request: Request, show: Callable[[Progress], None]) -> Transfer:
    root = sources_root(request.source.path)
    place, name = volume.key(root, request.box.name), own_name(request.source.path)
    volume.check()
    there = volume.sizes(posixpath.normpath(posixpath.join(place, name)))
    if not there:
        raise NoSuchPath(
            f"`{one_line(request.source.path)}` is not on the volume `{volume.name}`", box=request.box.name
        )
    is_directory = not (len(there) == 1 and "" in there)
    is_one = Path(request.target.path).is_dir()
    found = landing(request, source_is_directory=is_directory, target_is_directory=is_one)
    sizes = {posixpath.join(name, below) if below else name: size for below, size in there.items()}
    left = [one for one in sizes if not volume.takes(posixpath.join(place, one))]
    if left:
        what = f"{count(len(left), 'name')} on the volume `{volume.name}` can't be fetched without the box"
        raise Incomplete(what, cause=", ".join(map(one_line, left[:3])), hint="run it again when the box runs")
    target = Path(found.holder)
    names = {one: found.name or _below(one, found.top) for one in sizes}
    missing = [one for one in sizes if not _is_there(volume, posixpath.join(place, one), target / names[one])]
    progress = Progress(total_bytes=sum(sizes[one] for one in missing))
    named = volume.fetch(
        str(target),
        place,
        [(one, names[one], sizes[one]) for one in missing],
        _counted(progress),
        lambda: show(progress),
    )
    for one in missing:
        path = target / names[one]
        if not path.is_file() or path.stat().st_size != sizes[one]:
            raise Incomplete(
                f"`{one_line(one)}` did not come as it is on the volume `{volume.name}`",
                hint=f"run it again; if `{one_line(names[one])}` is a directory here, move that away before",
            )
    if named != len(missing):
        what = f"{count(len(missing) - named, 'file')} of the volume `{volume.name}` got no name here"
        hint = "a link stands where a directory is due: remove it, or run it again when the box runs"
        raise Incomplete(what, hint=hint)
    total = sum(sizes[name] for name in missing)
    return _told(request, sizes, missing, Carried(volume.name, len(missing), len(missing), 0, total, _COMPARED))


def _below(name: str, top: str) -> str:
    """Return a name at the source as the target has it, below what `Landing.holder` is."""
    return name.removeprefix(f"{top}/") if top else name


def _counted(progress: Progress) -> Callable[[int], None]:
    lock = threading.Lock()

    def came(count: int) -> None:
        with lock:
            progress.done_bytes += count

    return came


def _told(request: Request, sizes: Mapping[str, int], moved: Sequence[str], carried: Carried) -> Transfer:
    return Transfer(
        box=request.box.name,
        source=str(request.source),
        target=str(request.target),
        engine="volume",
        matched=len(sizes),
        files=len(moved),
        bytes=sum(sizes[name] for name in moved),
        links=0,
        deletions=(),
        skipped=(),
        wire_bytes=0,
        seconds=0,
        attempts=1 if moved else 0,
        via=carried,
    )


def _files_below(source: Path, root: Path, *, follow: bool) -> tuple[dict[str, int], list[str]]:
    """Return the sizes of all files by their names below the root, and what is none."""
    sizes: dict[str, int] = {}
    left: list[str] = []
    for path in sorted(_all_below(source)):
        about = path.stat() if follow else path.lstat()
        name = os.fspath(path.relative_to(root))
        if stat.S_ISREG(about.st_mode):
            sizes[name] = about.st_size
        else:
            left.append(name)
    return sizes, left


def _all_below(source: Path) -> Iterator[Path]:
    """Yield all but directories that have something in them."""
    if not source.is_dir() or source.is_symlink():
        yield source
        return
    for directory, directories, names in os.walk(source, onerror=_stopped):
        yield from (Path(directory, name) for name in names)
        yield from (Path(directory, name) for name in directories if Path(directory, name).is_symlink())
        if not directories and not names:
            yield Path(directory)


def _stopped(error: OSError) -> None:
    """Let what can't be listed not pass for empty."""
    raise error


def _is_there(volume: Volume, key: str, path: Path, *, by_length: bool = False) -> bool:
    """
    Whether both ends are the same.

    :param by_length: whether the length alone is enough where the tag says nothing.
    """
    found = volume.look(key)
    if found is None or not path.is_file() or path.stat().st_size != found[0]:
        return False
    size, tag = found
    return tag == _tag(path, volume.part_bytes(size) if "-" in tag else 0) or by_length


def _tag(path: Path, part_bytes: int) -> str:
    """Return the entity tag of a file that was stored in parts of such a length, as S3 makes it; 0 for one piece."""
    with path.open("rb") as file:
        if not part_bytes:
            return hashlib.file_digest(file, _md5).hexdigest()
        digests = [_md5(block).digest() for block in iter(lambda: file.read(part_bytes), b"")]
    return f"{_md5(b''.join(digests)).hexdigest()}-{len(digests)}"


def _md5(data: bytes = b"") -> Any:
    return hashlib.md5(data, usedforsecurity=False)
