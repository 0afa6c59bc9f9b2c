"""Secrets that stand on a box where they should not, or where others may read them."""

from __future__ import annotations

import shlex
import stat
from collections import defaultdict
from typing import TYPE_CHECKING

from ssh_transport.facts.exposures import DUMP, LINES, exposures_in, is_dump
from ssh_transport.transfer.guard.credentials import kind_in
from ssh_transport.transfer.guard.private_keys import kind_of

from .finding import typed
from .looked import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.facts.exposures import Exposure
    from ssh_transport.facts.heads import Head

    from .finding import Finding
    from .looked import Looked

_OWN_KEY_FILE = "a key file"
_NAMED_LINES = 20


def examine(looked: Looked) -> Iterator[Finding]:
    """Yield lines with secrets, and files of credentials that are on shared disks or have wide modes."""
    yield from _lines(looked)
    for head in {place_of(head): head for head in (*looked.files.of("named"), *looked.found)}.values():
        # In `~/.ssh` and among what was found private keys are told by `login`.
        if kind := _kind(head):
            yield from _file(looked, head, kind)


def _lines(looked: Looked) -> Iterator[Finding]:
    by_path: dict[str, list[Exposure]] = defaultdict(list)
    for exposure in exposures_in(looked.profile, looked.files, ()):
        by_path[exposure.path].append(exposure)
    heads = {place_of(head): head for head in looked.files.of(LINES)}
    for path, exposures in by_path.items():
        numbers = [exposure.line for exposure in exposures]
        shared = looked.why_shared(heads[path])
        wide = heads[path].is_wide
        shown = ",".join(map(str, numbers[:_NAMED_LINES])) + (",..." if len(numbers) > _NAMED_LINES else "")
        why = shared or ("others may read the file" if wide else "it goes wherever an image of the disk goes")
        yield looked.finding(
            "failure" if shared or wide else "warning",
            f"{path}:{shown}",
            ", ".join(sorted({exposure.kind for exposure in exposures})),
            why=f"{why}; have a new one issued, too",
            command=f"sed -i {shlex.quote(';'.join(f'{number}d' for number in numbers))} {typed(path)}",
        )


def _file(looked: Looked, head: Head, kind: str) -> Iterator[Finding]:
    place = place_of(head)
    if shared := looked.why_shared(head):
        yield looked.finding("failure", place, kind, why=shared, command=f"rm -- {typed(place)}")
    elif head.is_wide:
        mode = f"mode {stat.S_IMODE(head.mode):04o}"
        why = "others on the box may read it"
        yield looked.finding("failure", place, f"{kind}, {mode}", why=why, command=f"chmod 600 {typed(place)}")


def _kind(head: Head) -> str:
    if head.is_directory or not head.size_bytes:
        return ""
    if head.group == "found" and kind_of(head.data, head.size_bytes):
        return ""
    if kind := kind_in(head.data, head.size_bytes, {head.path, place_of(head)}):
        return kind
    if is_dump(head.data):
        return DUMP
    return _OWN_KEY_FILE if head.group == "named" and head.path.endswith("_key") and head.data.strip() else ""
