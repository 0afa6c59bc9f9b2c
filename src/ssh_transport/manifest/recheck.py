"""A receipt checked again: the tree beside it is hashed anew and compared with what arrived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.boundary import translated
from ssh_transport.errors import LocalFileError, NoSuchPath, ToolMissing, UsageError
from ssh_transport.text import count, one_line, size
from ssh_transport.transfer.process import polite_kills_as_ctrl_c

from . import ends, plain_box, receipt
from .comparison import Comparison, Merge
from .ends import Listing
from .receipts_there import ReceiptsThere
from .records import MANIFEST, RECEIPT, Reader, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

    from .receipt import Receipt
    from .records import Record

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """A receipt, and what became of what it says; here ``extra`` is no difference, it came from elsewhere."""

    receipt: Receipt
    comparison: Comparison

    @property
    def holds(self) -> bool:
        """Whether everything is as it was received."""
        return self.comparison.arrived

    def __str__(self) -> str:
        of = f"received from {self.receipt.box}" if self.receipt.direction == "pull" else f"sent to {self.receipt.box}"
        found = self.comparison
        what = f"{count(found.files, 'file')} ({size(found.bytes)})"
        if self.holds:
            return f"still as {of} at {self.receipt.time}: all {what} compared equal ({found.algorithm})"
        return f"NOT as {of} at {self.receipt.time}: {found.counts}; {what} are the same\n{found}"


def recheck_here(path: str) -> Recheck:
    """
    Check a receipt on this machine; nothing is connected.

    :param path: the receipt, or what it lies beside.
    :raises UsageError: it is no receipt of ours, or does not fit its manifest.
    :raises LocalFileError: there is none.
    """
    tree = receipt.beside(path)
    said = receipt.parse(next(_local(tree + RECEIPT, receipt.LARGEST_BYTES + 1), b""), tree + RECEIPT)
    reader = Reader("this machine", said.algorithm)
    with ends.here(_listing(tree, said), said.algorithm) as chunks, polite_kills_as_ctrl_c():
        return _checked(said, _local(tree + MANIFEST), tree, ends.records_here(chunks, reader))


def recheck_there(box: Box, path: str) -> Recheck:
    """Check a receipt that lies on a box, there; only the listing comes here."""
    with translated(box.name):
        far = ReceiptsThere(box)
        tree = receipt.beside(far.whole(path) if not path.endswith(RECEIPT) else path)
        data = b""
        for chunk in far.read(tree + RECEIPT):
            data += chunk
            if len(data) > receipt.LARGEST_BYTES:
                break
        said = receipt.parse(data, tree + RECEIPT)
        how = ends.Method(said.algorithm, box_has_python=ends.method(box).box_has_python)
        if not how.box_has_python and said.algorithm != plain_box.ALGORITHM:
            raise ToolMissing(f"`{box.name}` has no Python, which `{said.algorithm}` needs", box=box.name)
        reader = Reader(f"`{box.name}`", said.algorithm)
        records = ends.records_there(box, _listing(tree, said), how, reader)
        return _checked(said, far.read(tree + MANIFEST), tree, records)


def _checked(said: Receipt, manifest: Iterator[bytes], tree: str, found: Iterator[Record]) -> Recheck:
    who = f"`{one_line(tree + MANIFEST)}`"
    merge = Merge(said.algorithm)
    tick: Callable[[bytes], None] = lambda _: None  # noqa: E731 - nobody waits for a bar
    merge.compare(Reader(who, said.algorithm).records(unpacked(manifest, who)), found, tick)
    comparison = merge.result()
    if comparison.source_hash != said.target_hash:
        raise UsageError(
            f"{who} is not the manifest of its receipt",
            cause=f"its root hash is {comparison.source_hash}, not {said.target_hash}",
            hint="one of the two was changed: pull or push again with --verify",
        )
    return Recheck(receipt=said, comparison=comparison)


def _listing(tree: str, said: Receipt) -> Listing:
    return Listing(f"{tree}/" if said.target.endswith("/") else tree, is_source=False)


def _local(path: str, chunk_bytes: int = _CHUNK_BYTES) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(chunk_bytes):
                yield chunk
    except FileNotFoundError as exc:
        hint = "a verified copy writes it: inv transfer.pull --verify --path=..."
        raise NoSuchPath(f"there is no `{one_line(path)}` on this machine", hint=hint) from exc
    except OSError as exc:
        raise LocalFileError(f"can't read `{one_line(path)}`", cause=str(exc)) from exc
