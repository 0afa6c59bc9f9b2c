"""
The receipt of a copy: what arrived, written beside the destination, to be checked again at any time without the box.

``NAME.receipt.json`` says it in short; ``NAME.manifest.gz`` holds the record of every name that arrived. A root hash
alone could not be checked in a directory that holds other files too, and could not name the file that changed.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import posixpath
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from ssh_transport import files
from ssh_transport.errors import UsageError
from ssh_transport.host_keys import fingerprint
from ssh_transport.text import one_line

from .receipts_there import ReceiptsThere
from .records import DIGEST_DIGITS, MANIFEST, RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.transfer.request import Request

    from .comparison import Comparison
    from .landing import Landing

LARGEST_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 18
_MODE = 0o600


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What arrived where; the root hashes are SHA-256 over the records of the manifest."""

    kind: Literal["ssh-transport receipt"]
    version: Literal[1]
    box: str
    address: str
    host_key: str
    direction: Literal["pull", "push"]
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

    def __post_init__(self) -> None:
        """Refuse what this version could not check."""
        if self.algorithm not in DIGEST_DIGITS:
            raise ValueError(f"`{self.algorithm}` is no known algorithm")


def write(box: Box, request: Request, where: Landing, found: Comparison, manifest: BinaryIO) -> str:
    """
    Write the receipt and the manifest beside the destination, on the box for a push; return the receipt's path.

    :raises TaskError: they can't be written there.
    """
    data = json.dumps(asdict(_made(box, request, where, found)), indent=1).encode() + b"\n"
    if request.pull:
        tree = beside(where.target)
        # The receipt last: it is what makes the manifest count.
        files.write(Path(tree + MANIFEST), _chunks(manifest), mode=_MODE)
        files.write(Path(tree + RECEIPT), data, mode=_MODE)
        return tree + RECEIPT
    far, now_s = ReceiptsThere(box), int(time.time())
    tree = beside(far.whole(where.target))
    far.write(tree + MANIFEST, _chunks(manifest), mtime_s=now_s)
    far.write(tree + RECEIPT, [data], mtime_s=now_s)
    return tree + RECEIPT


def parse(data: bytes, path: str) -> Receipt:
    """
    Read a receipt.

    :raises UsageError: it is none of ours, or damaged.
    """
    import msgspec

    try:
        return msgspec.convert(json.loads(data[:LARGEST_BYTES]), Receipt)
    except (ValueError, RecursionError, msgspec.ValidationError) as exc:
        hint = "name the receipt or what it lies beside: inv transfer.receipt --path=proj-1/ckpt"
        raise UsageError(f"`{one_line(path)}` is no receipt of ours, or damaged", cause=str(exc), hint=hint) from exc


def beside(path: str) -> str:
    """
    Return the path that the names of receipt and manifest are made from.

    :raises UsageError: nothing can lie beside it.
    """
    whole = path.rstrip("/").removesuffix(RECEIPT)
    if posixpath.basename(whole) in {"", ".", ".."}:
        raise UsageError(f"no receipt can lie beside `{one_line(path)}`", hint="verify a directory below it")
    return whole


def _made(box: Box, request: Request, where: Landing, found: Comparison) -> Receipt:
    return Receipt(
        kind="ssh-transport receipt",
        version=1,
        box=box.name,
        address=box.address,
        host_key=fingerprint(box.connection.transport.get_remote_server_key()),
        direction="pull" if request.pull else "push",
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
    )


def _chunks(manifest: BinaryIO) -> Iterator[bytes]:
    while chunk := manifest.read(_CHUNK_BYTES):
        yield chunk
