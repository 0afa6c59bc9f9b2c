"""A copy of chosen files alone: how rsync is told their names (rsync(1), --files-from)."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What became a directory or a link since it was chosen is left out, and what vanished is no error. The directories
# above the files come with the list: so rsync replaces a link that stands in their place, and writes through none.
_WORDS = ("--from0", "--no-recursive", "--ignore-missing-args")


@contextlib.contextmanager
def options(names: Sequence[str] | None, *, links: bool) -> Iterator[list[str]]:
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
        yield [f"--files-from={listed.name}", *_WORDS, *([] if links else ["--no-links"])]
