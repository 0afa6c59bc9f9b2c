"""
A copy to or from a volume whose box does not answer: by its service alone, and compared by what that tells.

What is at its ends, and how that is known, is in `boxless_ends`.
"""

from __future__ import annotations

import posixpath
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import Incomplete, NoSuchPath, TaskError
from ssh_transport.request.carried import Carried
from ssh_transport.request.landing import landing, own_name, sources_root
from ssh_transport.terminal.progress import Progress
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line
from ssh_transport.transfer.guard import content
from ssh_transport.transfer.result import Transfer
from ssh_transport.transfer.run import purpose

from .boxless_ends import below, is_there, left_out
from .boxless_told import foreseen, told
from .volume import each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.request.request import Request
    from ssh_transport.transfer.result import Forecast

    from .volume import Volume

_COMPARED = "by length and entity tag where there is a known one, as the box did not answer"
_FEW = 3


def copied(volume: Volume, request: Request, why: TaskError, show: Callable[[Progress], None]) -> Transfer | Forecast:
    """
    Copy all plain files that differ; links, empty directories, modes and times of a push need the box.

    :param why: what the box was asked in vain with; raised if what is asked for takes more than files.
    :returns: for a dry run, which changes nothing, the forecast.
    :raises NoSuchPath: there is nothing of this name.
    :raises Incomplete: it was not stored as it is here, or not all of it could be.
    """
    options = request.options
    if request.box.is_connected or request.is_between or any((options.verify, options.delete, options.only)):
        raise why
    say(f"{request.box.name} does not answer ({one_line(why.cause or why.what)}): by {one_line(volume.name)} alone")
    with files.locked(purpose(request)):
        start_s = time.monotonic()
        done = (_pushed if request.source.is_here else _pulled)(volume, request, show)
    return replace(done, seconds=round(time.monotonic() - start_s, 3)) if isinstance(done, Transfer) else done


def _pushed(volume: Volume, request: Request, show: Callable[[Progress], None]) -> Transfer | Forecast:
    source, root, path = Path(request.source.path), Path(sources_root(request.source.path)), request.target.path
    is_bare = not (source.is_dir() or path.endswith("/"))
    volume.key(path, request.box.name)
    volume.check()
    is_directory = is_bare and volume.holds(volume.key(path, request.box.name))
    found = landing(request, source_is_directory=source.is_dir(), target_is_directory=is_directory)
    here = below(source, root, request.options)
    content.check(request, sorted(here.sizes))
    place = volume.key(found.holder, request.box.name)
    keys = {name: posixpath.join(place, found.name or _below(name, found.top)) for name in here.sizes}
    left = [*here.others, *(name for name in here.sizes if not volume.takes(keys[name]))]
    fit = {name: size for name, size in here.sizes.items() if volume.takes(keys[name])}
    missing = [name for name in fit if not is_there(volume, keys[name], root / name)]
    if request.options.dry_run:
        new = {name for name in missing if volume.look(keys[name]) is None}
        return foreseen(request, found.path, fit, missing, new, left=[*left, *here.dangling])
    progress = Progress(total_bytes=sum(fit[name] for name in missing))
    came = _counted(progress)
    try:
        each(lambda name: volume.store_file(root / name, keys[name], came), missing, lambda: show(progress))
    except TaskError as error:
        if is_bare:
            # An empty one shows in no listing.
            error.hint = f"if `{one_line(path)}` is a directory: --to={one_line(path)}/; else {error.hint}"
        raise
    for name in missing:
        if not is_there(volume, keys[name], root / name, by_length=True):
            raise Incomplete(
                f"`{one_line(name)}` is not on the volume `{volume.name}` as it is here", hint="run it again"
            )
    if left:
        hint = "run it again when the box runs; it sends what is missing"
        raise Incomplete(f"{count(len(left), 'name')} can't be stored without the box", cause=_few(left), hint=hint)
    if here.dangling:
        raise Incomplete(
            f"{count(len(here.dangling), 'symlink')} that should be followed lead to nothing; all else was copied",
            cause=_few(here.dangling),
            hint="--exclude them",
        )
    total = sum(fit[name] for name in missing)
    return told(request, fit, missing, Carried(volume.name, len(missing), len(missing), total, 0, _COMPARED))


def _pulled(volume: Volume, request: Request, show: Callable[[Progress], None]) -> Transfer | Forecast:
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
    all_sizes = {posixpath.join(name, one) if one else name: size for one, size in there.items()}
    sizes = {one: size for one, size in all_sizes.items() if not left_out(one, request.options)}
    left = [one for one in sizes if not volume.takes(posixpath.join(place, one))]
    if left:
        what = f"{count(len(left), 'name')} on the volume `{volume.name}` can't be fetched without the box"
        raise Incomplete(what, cause=_few(left), hint="run it again when the box runs; or --exclude them")
    target = Path(found.holder)
    names = {one: found.name or _below(one, found.top) for one in sizes}
    missing = [one for one in sizes if not is_there(volume, posixpath.join(place, one), target / names[one])]
    if request.options.dry_run:
        new = {one for one in missing if not (target / names[one]).exists()}
        return foreseen(request, found.path, sizes, missing, new)
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
    return told(request, sizes, missing, Carried(volume.name, len(missing), len(missing), 0, total, _COMPARED))


def _below(name: str, top: str) -> str:
    """Return a name at the source as the target has it, below what `Landing.holder` is."""
    return name.removeprefix(f"{top}/") if top else name


def _counted(progress: Progress) -> Callable[[int], None]:
    lock = threading.Lock()

    def came(count: int) -> None:
        with lock:
            progress.done_bytes += count

    return came


def _few(names: Sequence[str]) -> str:
    return ", ".join(map(one_line, names[:_FEW]))
