"""
The receipt of a copy: it is written beside the destination, which can be checked again at any time without the source.

``NAME.TAG.receipt.json`` is the summary; ``NAME.TAG.manifest.gz`` has the record of every name that arrived. ``TAG``
stands for the source, so that each of several copies into one directory has a receipt of its own. A root hash alone
could not be checked in a directory with other files, and could not show which file changed.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
import posixpath
import re
import time
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from ssh_transport import files, typed
from ssh_transport.errors import UsageError
from ssh_transport.request.carried import Carried  # noqa: TC001 - msgspec reads receipts by it
from ssh_transport.terminal.pace import Sample  # noqa: TC001 - msgspec reads receipts by it
from ssh_transport.text import one_line

from .receipts_there import ReceiptsThere
from .records import DIGEST_DIGITS, MANIFEST, RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssh_transport.request.request import Request

    from .compared import ComparedPaths
    from .comparison import Comparison

LARGEST_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 18
_MODE = 0o600
_TAG_DIGITS = 8
_MAY_BE_TAG = re.compile(rf"(\.[0-9a-f]{{{_TAG_DIGITS}}})?{re.escape(RECEIPT)}")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """
    A receipt; the root hashes are SHA-256 over the records of the manifest.

    ``box``, ``address`` and ``host_key`` are of the box that is not this machine, for a copy from box to box of the
    source; ``to`` is the target box then. ``pace`` is how fast the copy got on, ``via`` what of it went by way of a
    relay. Receipts of earlier versions have no ``tag``.
    """

    kind: Literal["ssh-transport receipt"]
    version: Literal[1]
    box: str
    address: str
    host_key: str
    direction: Literal["pull", "push", "copy"]
    source: str
    target: str
    algorithm: str
    files: int
    bytes: int
    links: int
    directories: int
    source_hash: str
    target_hash: str
    exclude: list[str]
    copy_links: bool
    time: str
    ssh_transport: str
    tag: str = ""
    to: str = ""
    pace: list[Sample] = field(default_factory=list)
    via: Carried | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an algorithm that this version can't check."""
        if self.algorithm not in DIGEST_DIGITS:
            raise ValueError(f"`{self.algorithm}` is no known algorithm")

    @property
    def origin(self) -> tuple[str, str, str]:
        """What makes two receipts those of one source: the way, the box, and the path there."""
        return self.direction, self.host_key or self.box, _plain(self.source)

    def __str__(self) -> str:
        ends = {"pull": f"received from {self.box}", "push": f"sent to {self.box}"}
        return ends.get(self.direction, f"received from {self.box}")


def write(  # noqa: PLR0913 - all that a receipt tells
    request: Request,
    where: ComparedPaths,
    found: Comparison,
    manifest: BinaryIO,
    *,
    pace: Sequence[Sample] = (),
    via: Carried | None = None,
) -> str:
    """
    Write the receipt and the manifest beside the destination, where that is; return the receipt's path.

    :raises TaskError: they can't be written there.
    """
    made = replace(_made(request, where, found), pace=list(pace), via=via)
    data = json.dumps(asdict(made), indent=1).encode() + b"\n"
    manifest.seek(0)
    if request.target.box is None:
        stem = f"{beside(where.target)}.{made.tag}"
        # The receipt is written last: a manifest without a receipt is ignored.
        # What was pulled may have brought a link of that name.
        files.write(Path(stem + MANIFEST), _chunks(manifest), mode=_MODE, follow=False)
        files.write(Path(stem + RECEIPT), data, mode=_MODE, follow=False)
        return stem + RECEIPT
    there, now_s = ReceiptsThere(request.target.box), int(time.time())
    stem = f"{beside(there.absolute(where.target))}.{made.tag}"
    there.write(stem + MANIFEST, _chunks(manifest), mtime_s=now_s)
    there.write(stem + RECEIPT, [data], mtime_s=now_s)
    return stem + RECEIPT


def parse(data: bytes, path: str) -> Receipt:
    """
    Parse a receipt.

    :raises UsageError: it is not one of our receipts, or is damaged.
    """
    try:
        return typed.read(data[:LARGEST_BYTES], Receipt)
    except ValueError as exc:
        hint = "name the receipt, or the file or directory beside it: ssh-transport transfer.receipt --path=proj-1/ckpt"
        raise UsageError(f"`{one_line(path)}` is no receipt of ours, or damaged", cause=str(exc), hint=hint) from exc


def beside(path: str) -> str:
    """
    Return the path of what is copied, to which the suffixes of receipt and manifest are added.

    :raises UsageError: the path has no name, such as ``/`` or ``.``.
    """
    whole = path.rstrip("/")
    if posixpath.basename(whole) in {"", ".", ".."}:
        raise UsageError(f"no receipt can be written beside `{one_line(path)}`", hint="verify a directory below it")
    return whole


def names_beside(tree: str, names: Iterable[str]) -> list[str]:
    """Return which names of a directory may be receipts of what is in it as `tree`; `of_tree` says it for sure."""
    base = posixpath.basename(tree)
    return sorted(name for name in names if name.startswith(base) and _MAY_BE_TAG.fullmatch(name.removeprefix(base)))


def of_tree(path: str, parsed: Receipt) -> str:
    """Return the path beside which a receipt is, wherever both were moved to."""
    stem = path.removesuffix(RECEIPT)
    return stem.removesuffix(f".{parsed.tag}") if parsed.tag else stem


def newest(found: Iterable[tuple[str, Receipt]]) -> list[tuple[str, Receipt]]:
    """Return the newest receipt of each source, with its path."""
    kept: dict[tuple[str, str, str], tuple[str, Receipt]] = {}
    for path, one in found:
        if one.origin not in kept or kept[one.origin][1].time <= one.time:
            kept[one.origin] = path, one
    return list(kept.values())


def _made(request: Request, where: ComparedPaths, found: Comparison) -> Receipt:
    box = request.box
    host_key = box.carrier.host_key.fingerprint
    who = host_key if request.source.box else platform.node()
    return Receipt(
        kind="ssh-transport receipt",
        version=1,
        box=box.name,
        address=box.address,
        host_key=host_key,
        direction="copy" if request.is_between else "pull" if request.target.is_here else "push",
        source=where.source,
        target=where.target,
        algorithm=found.algorithm,
        files=found.files,
        bytes=found.bytes,
        links=found.links,
        directories=found.directories,
        source_hash=found.source_hash,
        target_hash=found.target_hash,
        exclude=list(request.options.exclude),
        copy_links=request.options.copy_links,
        time=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        ssh_transport=importlib.metadata.version("ssh-transport"),
        tag=_tag(who, where.source),
        to=request.target.name if request.is_between else "",
    )


def _tag(who: str, source: str) -> str:
    """Return what stands for a source in the name of its receipt: the same for the same box and path."""
    return sha256(f"{who}\0{_plain(source)}".encode("utf-8", "surrogateescape")).hexdigest()[:_TAG_DIGITS]


def _plain(source: str) -> str:
    return posixpath.normpath(source)


def _chunks(manifest: BinaryIO) -> Iterator[bytes]:
    while chunk := manifest.read(_CHUNK_BYTES):
        yield chunk
