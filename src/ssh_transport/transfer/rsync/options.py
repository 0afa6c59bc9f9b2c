"""The options of rsync that a copy has whoever calls it: this machine, or one box to reach another."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from ssh_transport.box import share
from ssh_transport.facts.content import UNKNOWN
from ssh_transport.leftovers import LEFT_OUT, RSYNC_PARTIAL_DIRECTORY
from ssh_transport.request.patterns import in_force, literal_exclude

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssh_transport.facts.content import Content
    from ssh_transport.request.options import Options

# Of any kind: as links in a hostile tree they would lead our own partial files astray.
_NEVER_COPIED = [f"--exclude={name}" for name in sorted(LEFT_OUT)]
# `rsync` 3.1.3 taught the receiver to make holes in a file that is there.
_SPARSE_IN_PLACE_SINCE = (3, 1, 3)
# What became a directory or a link since it was chosen is left out, and what vanished is no error. The directories
# above the files come with the list: so rsync replaces a link that stands in their place, and writes through none.
_CHOSEN = ("--from0", "--no-recursive", "--ignore-missing-args")
_TELLS_NOTHING = frozenset(
    {
        *("--no-verbose", "--no-human-readable", "--no-inc-recursive", "--links", "--protect-args", "--sparse"),
        *_NEVER_COPIED,
    }
)
_TELLS_NOTHING_HOWEVER = ("--rsync-path=", "--checksum-choice=")


def common_options(
    options: Options,
    *,
    inplace: bool,
    oldest: tuple[int, int, int],
    is_paced: bool = False,
    content: Content = UNKNOWN,
) -> list[str]:
    """
    Return the words for what was asked for, but for ``--delete``.

    :param inplace: whether files are overwritten; else half files lie in the partial directory.
    :param oldest: the version of the older rsync of both.
    :param content: of what is copied.
    :param is_paced: whether what carries the bytes keeps to the rate of all copies together: one may have it all.
    """
    limit = options.bwlimit if is_paced else share.rate(options.bwlimit)
    return [
        "--no-human-readable",
        "--copy-links" if options.copy_links else "--links",
        "--protect-args",
        # A file of 300 GB with little in it would fill a disk.
        *(["--sparse"] if content.has_holes and (not inplace or oldest >= _SPARSE_IN_PLACE_SINCE) else []),
        *(["--inplace"] if inplace else [f"--partial-dir={RSYNC_PARTIAL_DIRECTORY}"]),
        *(["--delay-updates"] if options.atomic else []),
        *_NEVER_COPIED,
        # Ours stay in force, whatever the person's forget.
        *(f"--exclude={pattern}" for pattern in in_force(options.exclude)),
        *([f"--bwlimit={limit}"] if limit else []),
    ]


def call_options(  # noqa: PLR0913 - what the two ends and the way between them allow
    options: Options,
    *,
    inplace: bool,
    oldest: tuple[int, int, int],
    content: Content,
    zstd: bool,
    checksum: str,
    lists_at_once: bool,
    coarse_times: bool,
    is_paced: bool,
) -> list[str]:
    """
    Return the words of a call between this machine and a box: what patchwork's ``-pthrvz`` lacks, and has too much of.

    :param checksum: the name of what both have; empty for what they agree on.
    :param lists_at_once: whether the whole list is made before the first file goes.
    """
    return [
        "--no-verbose",
        *(["--compress-choice=zstd", "--compress-level=1"] if zstd else ["--no-compress"]),
        # Named, it need not be agreed on, which is a round trip.
        *([f"--checksum-choice={checksum}"] if checksum else []),
        *(["--no-inc-recursive"] if lists_at_once else []),
        *(["--modify-window=1"] if coarse_times else []),
        *common_options(options, inplace=inplace, oldest=oldest, is_paced=is_paced, content=content),
    ]


def link_options(oldest: tuple[int, int, int], options: Iterable[str]) -> list[str]:
    """
    Return the words that a call with these options needs besides, where it goes from one machine to another.

    Before 3.2.4 a receiver that is not told that files don't go whole takes what it should keep for a hole: in place,
    and in a partial file, zeros stand where the old content was to stay (NEWS of 3.2.4).
    """
    return ["--no-whole-file", "-M--no-W"] if "--sparse" in options and oldest < (3, 2, 4) else []


@contextlib.contextmanager
def chosen(names: Sequence[str] | None, *, links: bool) -> Iterator[list[str]]:
    """
    Yield the options, none for all that there is; the file that they name is ours alone, and goes at the end.

    :param names: of files, relative to the source.
    :param links: whether a name may be that of a link.
    """
    if names is None:
        yield []
        return
    with tempfile.NamedTemporaryFile(prefix="ssh-transport-") as listed:
        listed.writelines(os.fsencode(name) + b"\0" for name in names)
        listed.flush()
        yield [f"--files-from={listed.name}", *_CHOSEN, *([] if links else ["--no-links"])]


def left_out(names: Iterable[str]) -> list[str]:
    """Return the words that leave these names out, relative to the root of the copy; they go before all patterns."""
    return [f"--exclude={literal_exclude(name)}" for name in sorted(names)]


def shown_options(words: Iterable[str]) -> list[str]:
    """Return the words that tell a person something: compression, where half files are, what was asked for."""
    return [word for word in words if word not in _TELLS_NOTHING and not word.startswith(_TELLS_NOTHING_HOWEVER)]
