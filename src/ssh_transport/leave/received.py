"""What receipts on this machine say was pulled from a box."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import host_keys, report
from ssh_transport.errors import NoSuchPath, TaskError
from ssh_transport.manifest import receipt
from ssh_transport.manifest.records import RECEIPT
from ssh_transport.text import one_line
from ssh_transport.transfer import Options, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.manifest.receipt import Receipt


def received_from(box: Box, directory: Path) -> list[Request]:
    """
    Return the copies that receipts below a directory say were pulled from a box, the newest of each, as requests.

    A receipt belongs to the box by its host key, or by the alias where none is pinned. One that can't be read is
    warned about: it proves nothing.

    :raises NoSuchPath: there is no such directory.
    """
    if not directory.is_dir():
        what = f"there is no directory `{one_line(str(directory))}` on this machine"
        raise NoSuchPath(what, hint="name the one below which the receipts of your pulls lie: --receipts=.")
    pinned = {host_keys.fingerprint(key) for key in host_keys.pinned(box.resolved)}
    newest: dict[tuple[str, str], Receipt] = {}
    for found in _receipts(directory):
        same = found.host_key in pinned if pinned else found.box == box.name
        pair = (found.source, found.target)
        if same and found.direction == "pull" and (pair not in newest or newest[pair].time < found.time):
            newest[pair] = found
    return [_request(found) for _, found in sorted(newest.items())]


def _receipts(directory: Path) -> Iterator[Receipt]:
    for path, _, names in os.walk(directory):
        for name in sorted(names):
            if name.endswith(RECEIPT):
                try:
                    yield receipt.parse(Path(path, name).read_bytes(), f"{path}/{name}")
                except (TaskError, OSError) as exc:
                    report.say(f"warning: {one_line(f'{path}/{name}')} proves nothing: {exc}")


def _request(found: Receipt) -> Request:
    """Return the copy that lands where the receipt says, by rsync's rules for slashes."""
    source, target = found.source, found.target
    options = Options(exclude=tuple(found.exclude), copy_links=found.copy_links)
    if not source.endswith("/") and Path(target).is_dir():
        same_name = Path(source).name == Path(target).name
        source, target = (source, f"{Path(target).parent}/") if same_name else (f"{source}/", f"{target}/")
    return Request(pull=True, here=target, there=source, options=options)
