"""Checks receipts again: hashes the files beside them and compares these with their manifests."""

from __future__ import annotations

import contextlib
import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError, NoSuchPath, TaskError, ToolMissing, UsageError
from ssh_transport.errors.translation import translated
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import count, one_line, size

from . import ends, plain_box, receipt
from .comparison import Comparison, Merge
from .ends import Listing
from .receipts_there import ReceiptsThere
from .records import MANIFEST, RECEIPT, Reader, unpacked
from .shares import Shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box

    from .receipt import Receipt
    from .records import Record
    from .shares import Share

_CHUNK_BYTES = 1 << 18
_SHARES_TOLD = 60


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """
    A receipt, its path, and the new comparison; ``extra`` files do not count, as they came from elsewhere.

    ``shares`` are the largest of what arrived.
    """

    path: str
    receipt: Receipt
    comparison: Comparison
    shares: tuple[Share, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is still as it was received."""
        return self.comparison.arrived

    def __str__(self) -> str:
        found = self.comparison
        what = f"{count(found.files, 'file')} ({size(found.bytes)})"
        since = f"{self.receipt} at {self.receipt.time}"
        if self.holds:
            return f"still as {since}: all {what} compared equal ({found.algorithm})"
        return f"NOT as {since}: {found.counts}; {what} are the same\n{found}"


@dataclass(frozen=True)
class Rechecks:
    """
    What came of every receipt that was checked.

    :ivar receipts: those that could be, each with its comparison.
    :ivar faults: those that could not be, by path, and why.

    >>> pulled = transfer.pull(c, path="ck/", to="here/", on="proj-1", verify=True)
    >>> transfer.receipt(c, "here").holds
    True
    """

    receipts: tuple[Recheck, ...]
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is still as it was received."""
        return all(one.holds for one in self.receipts) and not self.faults

    @property
    def counts(self) -> str:
        """The differences in one line."""
        differ = [one for one in self.receipts if not one.holds]
        if len(self.receipts) == 1 and not self.faults:
            return self.receipts[0].comparison.counts
        said = [*((one.path, one.comparison.counts) for one in differ), *self.faults]
        return "; ".join(f"{one_line(self._named(path))}: {why}" for path, why in said)

    def __str__(self) -> str:
        if len(self.receipts) == 1 and not self.faults:
            return str(self.receipts[0])
        lines = [f"{one_line(self._named(one.path))}: {one}" for one in self.receipts]
        return "\n".join([*lines, *(f"{one_line(self._named(path))}: NOT checked: {why}" for path, why in self.faults)])

    def _named(self, path: str) -> str:
        """Return the part of a receipt's path that tells it from the others."""
        paths = [*(one.path for one in self.receipts), *(path for path, _ in self.faults)]
        return os.path.relpath(path, os.path.commonpath([posixpath.dirname(one) or "." for one in paths]))


def recheck_here(path: str) -> Rechecks:
    """
    Check receipts on this machine, without a connection.

    :param path: a receipt; or the file or directory that receipts are beside, then of each source the newest; or a
        directory that has them below it, and none beside.
    :raises UsageError: one of them is not one of our receipts, or does not belong to its manifest.
    :raises NoSuchPath: there is no receipt, or nothing beside it.
    :raises LocalFileError: it can't be read.
    """
    if below := _all_below(path):
        return _recheck_all(below)
    read = lambda name: next(_local(name, receipt.LARGEST_BYTES + 1), b"")  # noqa: E731 - one line
    found = _found(path, _names_here, read, where="on this machine")
    return Rechecks(tuple(_recheck_one_here(name, parsed) for name, parsed in found))


def _all_below(path: str) -> list[str]:
    """Return the paths of all receipts below a directory that has none beside it."""
    whole = Path(path).expanduser()
    if path.endswith(RECEIPT) or not whole.is_dir():
        return []
    if whole.name and receipt.names_beside(str(whole), _names_here(str(whole.parent))):
        return []
    return sorted(
        posixpath.join(directory, name)
        for directory, _, names in os.walk(whole)
        for name in names
        if name.endswith(RECEIPT)
    )


def _recheck_all(paths: list[str]) -> Rechecks:
    """Check the newest receipt of each source in each place; what is wrong with one keeps no other from it."""
    faults: list[tuple[str, str]] = []
    places: dict[str, list[tuple[str, Receipt]]] = {}
    for path in paths:
        try:
            one = receipt.parse(next(_local(path, receipt.LARGEST_BYTES + 1), b""), path)
            places.setdefault(receipt.of_tree(path, one), []).append((path, one))
        except TaskError as fault:
            faults.append((path, f"{fault.what}: {fault.cause}"))
    found: list[Recheck] = []
    for beside in places.values():
        for path, one in receipt.newest(beside):
            try:
                found.append(_recheck_one_here(path, one))
            except TaskError as fault:
                faults.append((path, fault.what))
    return Rechecks(tuple(found), tuple(faults))


def recheck_there(box: Box, path: str) -> Rechecks:
    """Check receipts on a box; the files are hashed there, and only the listing is sent here."""
    with translated(box.name):
        there = ReceiptsThere(box)

        def read(name: str) -> bytes:
            data = b""
            for chunk in there.read(name):
                data += chunk
                if len(data) > receipt.LARGEST_BYTES:
                    break
            return data

        whole = path if path.endswith(RECEIPT) else there.absolute(path)
        found = _found(whole, there.names, read, where=f"on `{box.name}`")
        has_python = ends.method(box).box_has_python
        return Rechecks(
            tuple(_recheck_one_there(box, there, name, parsed, has_python=has_python) for name, parsed in found)
        )


def _found(
    path: str, names: Callable[[str], list[str]], read: Callable[[str], bytes], *, where: str
) -> list[tuple[str, Receipt]]:
    """Return the receipts that a path means, with their paths."""
    if path.endswith(RECEIPT):
        return [(path, receipt.parse(read(path), path))]
    tree = receipt.beside(path)
    directory, base = posixpath.split(tree)
    paths = [posixpath.join(directory, name) for name in receipt.names_beside(tree, names(directory or "."))]
    parsed = [(name, receipt.parse(read(name), name)) for name in paths]
    found = [(name, one) for name, one in parsed if posixpath.basename(receipt.of_tree(name, one)) == base]
    if not found:
        hint = "a verified copy writes it: ssh-transport -H ALIAS transfer.pull --verify --path=..."
        raise NoSuchPath(f"there is no receipt beside `{one_line(tree)}` {where}", hint=hint)
    return receipt.newest(found)


def _recheck_one_here(path: str, parsed: Receipt) -> Recheck:
    tree = receipt.of_tree(path, parsed)
    reader = Reader("this machine", parsed.algorithm)
    with (
        _told_where(path, parsed),
        ends.here(_listing(tree, parsed), parsed.algorithm) as chunks,
        polite_kills_as_ctrl_c(),
    ):
        manifest = _local(path.removesuffix(RECEIPT) + MANIFEST)
        return _recheck(parsed, manifest, path, ends.records_here(chunks, reader))


def _recheck_one_there(box: Box, there: ReceiptsThere, path: str, parsed: Receipt, *, has_python: bool) -> Recheck:
    if not has_python and parsed.algorithm != plain_box.ALGORITHM:
        raise ToolMissing(f"`{box.name}` has no Python, which `{parsed.algorithm}` needs", box=box.name)
    how = ends.Method(parsed.algorithm, box_has_python=has_python)
    reader = Reader(f"`{box.name}`", parsed.algorithm)
    with _told_where(path, parsed, box.name):
        records = ends.records_there(box, _listing(receipt.of_tree(path, parsed), parsed), how, reader)
        return _recheck(parsed, there.read(path.removesuffix(RECEIPT) + MANIFEST), path, records)


@contextlib.contextmanager
def _told_where(path: str, parsed: Receipt, box: str = "") -> Iterator[None]:
    """Name the receipt, and what to do, where what it speaks of is gone."""
    try:
        yield
    except NoSuchPath as exc:
        tree = receipt.of_tree(path, parsed)
        raise NoSuchPath(
            f"{exc.what}, of which the receipt `{one_line(path)}` speaks",
            box=box,
            cause=exc.cause,
            hint=f"was it moved or renamed? Move it back, to `{one_line(tree)}`, or copy it again with --verify; "
            "if it is no longer needed, remove the receipt",
        ) from exc


def _recheck(parsed: Receipt, manifest: Iterator[bytes], path: str, found: Iterator[Record]) -> Recheck:
    who = f"`{one_line(path.removesuffix(RECEIPT) + MANIFEST)}`"
    merge = Merge(parsed.algorithm)
    tick: Callable[[bytes], None] = lambda _: None  # noqa: E731 - no progress is shown
    shares = Shares()
    merge.compare(shares.passing(Reader(who, parsed.algorithm).records(unpacked(manifest, who))), found, tick)
    comparison = merge.result()
    if comparison.source_hash != parsed.target_hash:
        raise UsageError(
            f"{who} is not the manifest of its receipt",
            cause=f"its root hash is {comparison.source_hash}, not {parsed.target_hash}",
            hint="one of the two was changed: pull or push again with --verify",
        )
    return Recheck(path=path, receipt=parsed, comparison=comparison, shares=shares.largest(_SHARES_TOLD))


def _listing(tree: str, parsed: Receipt) -> Listing:
    return Listing(f"{tree}/" if parsed.target.endswith("/") else tree, is_source=False)


def _names_here(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))  # noqa: PTH208 - names, not paths
    except FileNotFoundError as exc:
        raise NoSuchPath(f"there is no `{one_line(directory)}` on this machine") from exc
    except OSError as exc:
        raise LocalFileError(f"can't read `{one_line(directory)}`", cause=str(exc)) from exc


def _local(path: str, chunk_bytes: int = _CHUNK_BYTES) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(chunk_bytes):
                yield chunk
    except FileNotFoundError as exc:
        hint = "a verified copy writes it: ssh-transport -H ALIAS transfer.pull --verify --path=..."
        raise NoSuchPath(f"there is no `{one_line(path)}` on this machine", hint=hint) from exc
    except OSError as exc:
        raise LocalFileError(f"can't read `{one_line(path)}`", cause=str(exc)) from exc
