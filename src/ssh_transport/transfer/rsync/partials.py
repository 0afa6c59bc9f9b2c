"""
Partial files that exist before the first byte.

With ``--partial-dir`` and a file of the right name in it, rsync 3.2 writes in place inside that directory from the
first byte: it resumes after any fault, never shows half a file under the final name, and no orphaned receiver harms it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.heartbeat import listening
from ssh_transport.errors import BoxError, LocalFileError
from ssh_transport.leftovers import RSYNC_PARTIAL_DIRECTORY
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssh_transport.box import Box
    from ssh_transport.request.end import End
    from ssh_transport.transfer.engine import Plan

_BATCH_BYTES = 60_000  # Linux allows 128 KiB for one word, and the script's words travel as one
_COPY_TIMEOUT_S = 3600

# An older version of the file is copied into the partial file: the delta then saves what did not change. Nothing is
# made behind a link, or a file where a directory will be: rsync replaces it, and we must not write through it.
_CREATE = f"""
cd -- "$1" || exit
shift
umask 077
real() {{
    at=. rest=$1
    while :; do
        case $rest in */*) at=$at/${{rest%%/*}} rest=${{rest#*/}} ;; *) return 0 ;; esac
        if [ -L "$at" ] || {{ [ -e "$at" ] && [ ! -d "$at" ]; }}; then return 1; fi
    done
}}
for name; do
    real "$name" || continue
    dir=${{name%/*}}
    partial=$dir/{RSYNC_PARTIAL_DIRECTORY}/${{name##*/}}
    if [ -L "$dir/{RSYNC_PARTIAL_DIRECTORY}" ] || [ -L "$partial" ]; then echo "$partial is a link" >&2; exit 1; fi
    mkdir -p -- "$dir/{RSYNC_PARTIAL_DIRECTORY}" || exit
    [ ! -e "$partial" ] || continue
    if [ -f "$name" ] && [ ! -L "$name" ]; then cp -- "$name" "$partial" || rm -f -- "$partial"
    else : >"$partial" || exit; fi
done
"""

_REMOVE = f"""
cd -- "$1" || exit
shift
for name; do
    dir=${{name%/*}}
    rm -f -- "$dir/{RSYNC_PARTIAL_DIRECTORY}/${{name##*/}}"
    rmdir -- "$dir/{RSYNC_PARTIAL_DIRECTORY}" 2>/dev/null
done
:
"""


class Partials:
    """The partial files of one copy at the end that is written."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._is_created = False
        self._unsent: set[str] = set()

    def create(self, plan: Plan) -> None:
        """Make them, once: one that is made after its file has arrived would only be copied to for nothing."""
        if self._is_created:
            return
        if self._end.box:
            create_partials_there(self._end.box, plan.root, plan.partials)
        else:
            create_partials_here(plan.root, plan.partials)
        self._unsent = set(plan.partials)
        self._is_created = True

    def sent(self, name: str) -> None:
        """Take in that a file is sent: once all is, its partial file has become the file."""
        self._unsent.discard(name)

    def clear(self, plan: Plan) -> None:
        """Remove those that a complete copy did not need."""
        left = [name for name in plan.partials if name in self._unsent]
        if self._end.box and left:
            # The files may have gone over connections that healed, while this one broke.
            self._end.box.open_if_lost()
            remove_partials_there(self._end.box, plan.root, left)
        elif left:
            remove_partials_here(plan.root, left)


def create_partials_here(root: str, names: Iterable[str]) -> None:
    """Make the partial files for `names` below a local directory; those that exist stay."""
    for final, partial in _pairs(root, names):
        on_the_way = [parent for parent in final.parents if parent.is_relative_to(root) and parent != Path(root)]
        if any(parent.is_symlink() or (parent.exists() and not parent.is_dir()) for parent in on_the_way):
            continue
        if partial.parent.is_symlink() or partial.is_symlink():
            raise LocalFileError(
                f"`{partial.parent}` holds or is a link", hint="remove it; a partial file can't be one"
            )
        partial.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if partial.exists():
            continue
        partial.touch(mode=0o600)
        if final.is_file() and not final.is_symlink():
            try:
                shutil.copyfile(final, partial)
            except OSError:
                # No room for a base: the file is sent whole then.
                os.truncate(partial, 0)


def remove_partials_here(root: str, names: Iterable[str]) -> None:
    """Remove the partial files that a complete copy did not need: their source vanished meanwhile."""
    for _, partial in _pairs(root, names):
        partial.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            partial.parent.rmdir()


def create_partials_there(box: Box, root: str, names: Sequence[str]) -> None:
    """Make the partial files for `names` below a directory on the box; those that exist stay."""
    with listening(box, TransferSettings.of(box.c).silence_s):
        for batch in batches(names):
            shell.run(box, _CREATE, root, *batch, timeout_s=_COPY_TIMEOUT_S)


def remove_partials_there(box: Box, root: str, names: Sequence[str]) -> None:
    """Remove the partial files on the box that a complete copy did not need."""
    for batch in batches(names):
        with contextlib.suppress(BoxError):
            shell.run(box, _REMOVE, root, *batch)


def _pairs(root: str, names: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    for name in names:
        final = Path(root, name)
        yield final, final.parent / RSYNC_PARTIAL_DIRECTORY / final.name


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names as words of a shell, ``./`` before each, as many at a time as a command line takes."""
    batch: list[str] = []
    length = 0
    for name in names:
        word = f"./{name}"
        # Quoted once for the script's words and once more by the login shell's `sh -c`.
        own = len(os.fsencode(shlex.quote(shlex.quote(word)))) + 1
        if batch and length + own > _BATCH_BYTES:
            yield batch
            batch, length = [], 0
        batch.append(word)
        length += own
    if batch:
        yield batch
