"""The copies that were pulled from a box, by the receipts on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import NoSuchPath, TaskError
from ssh_transport.manifest import receipt
from ssh_transport.manifest.records import RECEIPT
from ssh_transport.openssh import host_keys
from ssh_transport.request.end import End
from ssh_transport.request.landing import landed
from ssh_transport.spread import receipt as spread_receipt
from ssh_transport.terminal import report
from ssh_transport.text import one_line
from ssh_transport.transfer import Options, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.box import Box
    from ssh_transport.manifest.receipt import Receipt


@dataclass(frozen=True)
class Received:
    """A pull that a receipt speaks of, as a request, and where the receipt is."""

    request: Request
    receipt: str

    @property
    def source(self) -> str:
        """The path on the box."""
        return self.request.source.path

    @property
    def filter(self) -> tuple[str, ...]:
        """What was left out."""
        return self.request.options.exclude

    @property
    def target(self) -> str:
        """The path of what was received."""
        return landed(self.request, target_is_directory=Path(self.request.target.path).is_dir()).path


def pulls_to(directory: Path) -> list[tuple[str, Receipt]]:
    """
    Return the receipts of pulls below a directory, with their paths.

    One that can't be read gets a warning and does not count.

    :raises NoSuchPath: there is no such directory.
    """
    if not directory.is_dir():
        what = f"there is no directory `{one_line(str(directory))}` on this machine"
        raise NoSuchPath(what, hint="name the directory that contains the receipts of your pulls: --receipts=.")
    return [(path, one) for path, one in _receipts(directory) if one.direction == "pull"]


def received_from(box: Box, pulls: Sequence[tuple[str, Receipt]]) -> list[Received]:
    """
    Return the pulls from a box, each once.

    A receipt belongs to the box if it has its host key; if none is pinned, its alias. What was moved together with its
    receipt is found beside it.
    """
    pinned = {host_keys.fingerprint(key) for key in host_keys.pinned(box.resolved)}
    newest: dict[tuple[str, str], tuple[str, Receipt]] = {}
    for path, one in pulls:
        same_box = one.host_key in pinned if pinned else one.box == box.name
        pair = (one.source, one.target)
        if same_box and (pair not in newest or newest[pair][1].time < one.time):
            newest[pair] = path, one
    return [Received(_request(box, path, one), path) for _, (path, one) in sorted(newest.items())]


def whereabouts(path: str, one: Receipt) -> str:
    """Return where what a receipt speaks of is here: where it was received, or beside the receipt if it was moved."""
    target = one.target
    if not os.path.lexists(target.rstrip("/")) and os.path.lexists(beside := receipt.of_tree(path, one)):
        return os.path.abspath(beside) + ("/" if target.endswith("/") else "")  # noqa: PTH100 - links stay
    return target


def _receipts(directory: Path) -> Iterator[tuple[str, Receipt]]:
    for path, _, names in os.walk(directory):
        for name in sorted(names):
            # What `--receipt` of a spread has written may be called so, too.
            if name.endswith(RECEIPT) and not spread_receipt.is_one(Path(path, name)):
                try:
                    yield f"{path}/{name}", receipt.parse(Path(path, name).read_bytes(), f"{path}/{name}")
                except (TaskError, OSError) as exc:
                    report.say(f"warning: {one_line(f'{path}/{name}')} is no valid receipt: {exc}")


def _request(box: Box, path: str, one: Receipt) -> Request:
    """Return a request with the source and target of a receipt, in rsync's notation with trailing slashes."""
    source, target = one.source, whereabouts(path, one)
    options = Options(exclude=tuple(one.exclude), copy_links=one.copy_links)
    if not source.endswith("/") and Path(target).is_dir():
        same_name = Path(source).name == Path(target).name
        source, target = (source, f"{Path(target).parent}/") if same_name else (f"{source}/", f"{target}/")
    return Request(source=End(source, box), target=End(target), options=options)
