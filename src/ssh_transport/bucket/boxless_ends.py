"""
What is at the ends of a copy by the service of a volume alone.

Of an object that is its length, and its entity tag: usually the MD5 of what was stored in one piece, and for several
pieces one made of theirs, but nobody promises that (RFC 9110, 8.8.3). So what has another tag is sent again, and counts
as there by its length after that.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.request.patterns import Excluded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.request.options import Options

    from .volume import Volume


@dataclass
class Below:
    """
    What is below a path here, by names.

    :ivar sizes: of all files.
    :ivar dangling: links that should be followed and lead to nothing, or in a circle.
    :ivar others: what is neither.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    dangling: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def below(source: Path, root: Path, options: Options) -> Below:
    """
    Return what is to be copied, by its names below the root.

    :raises OSError: a directory can't be listed, which must not pass for empty.
    """
    found = Below()

    def is_left_out(path: Path) -> bool:
        name = os.fspath(path.relative_to(root))
        return left_out(name, options, is_directory=path.is_dir() and not path.is_symlink())

    for path in sorted(_all_below(source, follow=options.copy_links, is_left_out=is_left_out)):
        name = os.fspath(path.relative_to(root))
        if is_left_out(path):
            continue
        if options.copy_links and _leads_up(path):
            found.dangling.append(name)
            continue
        try:
            about = path.stat(follow_symlinks=options.copy_links)
        except OSError:
            if not path.is_symlink():
                raise
            found.dangling.append(name)
            continue
        if stat.S_ISREG(about.st_mode):
            found.sizes[name] = about.st_size
        else:
            found.others.append(name)
    return found


def left_out(name: str, options: Options, *, is_directory: bool = False) -> bool:
    """Whether a name is left out on request, or a directory that it is in."""
    excluded = Excluded(options.exclude)
    parts = name.split("/")
    above = ("/".join(parts[:end]) for end in range(1, len(parts)))
    return any(excluded(one, is_directory=True) for one in above) or excluded(name, is_directory=is_directory)


def is_there(volume: Volume, key: str, path: Path, *, by_length: bool = False) -> bool:
    """
    Whether both ends are the same.

    :param by_length: whether the length alone is enough where the tag says nothing.
    """
    found = volume.look(key)
    if found is None or not path.is_file() or path.stat().st_size != found[0]:
        return False
    size, tag = found
    return tag == _tag(path, volume.part_bytes(size) if "-" in tag else 0) or by_length


def _all_below(source: Path, *, follow: bool, is_left_out: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield all but directories that have something in them, and what is in those that are left out."""
    if not source.is_dir() or (source.is_symlink() and not follow):
        yield source
        return
    for directory, directories, names in os.walk(source, onerror=_stopped, followlinks=follow):
        yield from (Path(directory, name) for name in names)
        below = [Path(directory, name) for name in directories]
        yield from (path for path in below if path.is_symlink() and (not follow or _leads_up(path)))
        directories[:] = [path.name for path in below if not is_left_out(path) and not _leads_up(path)]
        if not below and not names:
            yield Path(directory)


def _leads_up(path: Path) -> bool:
    """Whether it is a link to one of the directories that lead to it."""
    if not path.is_symlink():
        return False
    leads_to = os.path.realpath(path)
    return any(os.path.realpath(parent) == leads_to for parent in path.parents)


def _stopped(error: OSError) -> None:
    raise error


def _tag(path: Path, part_bytes: int) -> str:
    """Return the entity tag of a file that was stored in parts of such a length, as S3 makes it; 0 for one piece."""
    with path.open("rb") as file:
        if not part_bytes:
            return hashlib.file_digest(file, _md5).hexdigest()
        digests = [_md5(block).digest() for block in iter(lambda: file.read(part_bytes), b"")]
    return f"{_md5(b''.join(digests)).hexdigest()}-{len(digests)}"


def _md5(data: bytes = b"") -> Any:
    return hashlib.md5(data, usedforsecurity=False)
