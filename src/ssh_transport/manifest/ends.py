"""The two ends of a comparison: which hash algorithms each has, and the listing that each makes."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ssh_transport import typed
from ssh_transport.box import python, shell
from ssh_transport.box.carrier.process import Process
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.stream import stream
from ssh_transport.errors import CommandFailed, EndpointTooWeak, NoSuchPath, ToolMissing, UsageError, symptoms
from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.request.patterns import Excluded
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from . import plain_box, worker
from .records import DIGEST_DIGITS, Reader, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box
    from ssh_transport.request.request import Request

    from .records import Record

_SAFE = "sha256"


@dataclass(frozen=True)
class Listing:
    """
    The arguments of a listing.

    :param path: with a trailing slash, a link is followed.
    :param prefix: the beginning of the names for the exclude patterns, as in rsync.
    :param copy_links: whether links are what they lead to.
    :param is_source: only the source reports directories of partial files.
    """

    path: str
    prefix: str = ""
    exclude: Sequence[str] = ()
    copy_links: bool = False
    is_source: bool = True


@dataclass(frozen=True)
class Method:
    """How both ends hash: the algorithm, whether the box has a usable Python, and its path and version."""

    algorithm: str
    box_has_python: bool = True
    python: str = ""
    python_version: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class _Capabilities:
    """The rates of the algorithms that the box's Python has, in bytes/s (empty: no Python), its path and version."""

    rates: dict[str, float] = field(default_factory=dict)
    python: str = ""
    version: tuple[int, int] = (0, 0)


def method(box: Box) -> Method:
    """
    Return the algorithm that both ends have and whose slower end is fastest, by measuring both ends.

    :raises ToolMissing: the box has neither Python nor the tools to list and hash.
    :raises EndpointTooWeak: it runs no commands.
    """
    theirs = _capabilities(box)
    if not theirs.rates:
        _check_tools(box)
        return Method(plain_box.ALGORITHM, box_has_python=False)
    return Method(_best(rates_here(), theirs.rates), python=theirs.python, python_version=theirs.version)


def methods(source: Box, target: Box, *, copy_links: bool) -> tuple[Method, Method]:
    """
    As `method`, for two boxes.

    :raises ToolMissing: one of them has neither Python nor the tools to list and hash.
    :raises EndpointTooWeak: one of them runs no commands.
    :raises UsageError: `copy_links` needs Python at the source.
    """
    rates = {box.name: _capabilities(box).rates for box in (source, target)}
    for box in (source, target):
        if not rates[box.name]:
            _check_tools(box)
    if copy_links and not rates[source.name]:
        raise _needs_python(source)
    best = _best(*rates.values()) if all(rates.values()) else plain_box.ALGORITHM
    first, second = (Method(best, box_has_python=bool(found)) for found in rates.values())
    return first, second


def check(request: Request) -> Method:
    """
    Check that a copy between this machine and a box can be verified afterwards, before anything is copied; return how.

    :raises ToolMissing: the box has neither Python nor the tools to list and hash.
    :raises EndpointTooWeak: it runs no commands.
    :raises UsageError: `--copy-links` needs Python at a source on a box.
    """
    box = request.box
    try:
        box.require("exec")
        how = method(box)
    except (EndpointTooWeak, ToolMissing) as error:
        error.hint = "leave out --verify, and it is copied without a comparison of both ends"
        raise
    if request.source.box and request.options.copy_links and not how.box_has_python:
        raise _needs_python(box)
    return how


@contextlib.contextmanager
def here(listing: Listing, algorithm: str) -> Iterator[Iterator[bytes]]:
    """
    List a local path in its own process; yield the chunks of its output.

    :raises ToolMissing: this Python lacks the algorithm.
    :raises NoSuchPath: the path does not exist.
    """
    if algorithm not in worker.algorithms():
        raise ToolMissing(f"this Python has no `{algorithm}`", hint=f"{sys.executable} -m pip install {algorithm}")
    if not os.path.lexists(listing.path):
        hint = "if it was pulled to another place: --to=DIR, as transfer.pull had it; else pull it first"
        raise NoSuchPath(f"there is no `{one_line(listing.path)}` on this machine", hint=hint)
    argv = [sys.executable, "-I", "-S", "-c", worker.code(), _order(listing, algorithm)]
    with Process(Spawned(argv, os.environ)) as process:
        yield _checked(process, listing.path)


def there(box: Box, listing: Listing, how: Method, run: Callable[..., Iterator[bytes]] = stream) -> Iterator[bytes]:
    """
    Start to list a path on the box; return the chunks of its output, unpacked.

    :param run: the function that runs a script, with the parameters of `stream`.
    :raises NoSuchPath: while the chunks are read: the path does not exist.
    """
    silence_s = TransferSettings.of(box.c).silence_s
    if how.box_has_python:
        words = (worker.code(), _order(listing, how.algorithm), *python.candidates(box))
        return unpacked(_found(box, listing, run(box, python.SCRIPT, *words, silence_s=silence_s)), f"`{box.name}`")
    if listing.copy_links:
        raise _needs_python(box)
    return _found(box, listing, run(box, plain_box.SCRIPT, listing.path, silence_s=silence_s))


def records_here(chunks: Iterator[bytes], reader: Reader) -> Iterator[Record]:
    """Return the records of the local listing."""
    return reader.records(unpacked(chunks, "this machine"))


def records_there(
    box: Box, listing: Listing, how: Method, reader: Reader, run: Callable[..., Iterator[bytes]] = stream
) -> Iterator[Record]:
    """Return the records of the box's listing; without Python on the box they are sorted and filtered here."""
    chunks = there(box, listing, how, run)
    if how.box_has_python:
        return reader.records(chunks)
    return plain_box.without(
        plain_box.in_order(reader.unordered(chunks)),
        Excluded(listing.exclude),
        prefix=listing.prefix,
        left_out=tuple(sorted(LEFT_OUT)),
        tell_left_out=listing.is_source,
    )


@contextlib.contextmanager
def ahead(chunks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """Spool a listing into a file, for the case that the other end's listing can't be read record by record."""
    with tempfile.TemporaryFile() as spool:
        failures: list[BaseException] = []

        def pump() -> None:
            try:
                for chunk in chunks:
                    spool.write(chunk)
            except BaseException as exc:  # noqa: BLE001 - it is raised where the listing is read
                failures.append(exc)

        def read() -> Iterator[bytes]:
            pumping.join()
            if failures:
                raise failures[0]
            spool.seek(0)
            while chunk := spool.read(1 << 18):
                yield chunk

        pumping = threading.Thread(target=pump, daemon=True)
        pumping.start()
        yield read()


def _best(ours: Mapping[str, float], theirs: Mapping[str, float]) -> str:
    both = {name: min(ours[name], theirs[name]) for name in ours if name in theirs and name in DIGEST_DIGITS}
    return max(both, key=lambda name: both[name]) if both else _SAFE


@functools.cache
def rates_here() -> Mapping[str, float]:
    """Measure once: other boxes are asked about the same machine."""
    return worker.rates()


def _check_tools(box: Box) -> None:
    try:
        shell.run(box, plain_box.HAS_TOOLS)
    except ToolMissing as error:
        what = "there is neither python3 nor find, xargs, stat, readlink and sha256sum to compare with"
        raise ToolMissing(what, box=box.name, cause=error.what) from error


def _needs_python(box: Box) -> UsageError:
    hint = "install python3 there, or leave it out"
    return UsageError("`--copy-links` can't be verified on a box without Python", box=box.name, hint=hint)


def _capabilities(box: Box) -> _Capabilities:
    words = (worker.code(), json.dumps({"ask": True}), *python.candidates(box))
    output = shell.run(box, python.SCRIPT, *words, check=False).stdout
    try:
        return typed.read(output, _Capabilities)
    except ValueError:
        return _Capabilities()


def _order(listing: Listing, algorithm: str) -> str:
    return json.dumps(
        {
            "path": listing.path,
            "prefix": listing.prefix,
            "algorithm": algorithm,
            "copy_links": listing.copy_links,
            "left_out": tuple(sorted(LEFT_OUT)),
            "tell_left_out": listing.is_source,
            "rules": [asdict(rule) for rule in Excluded(listing.exclude).rules],
        }
    )


def _found(box: Box, listing: Listing, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except NoSuchPath as exc:
        where = one_line(listing.path.removeprefix("./"))
        raise NoSuchPath(f"there is no `{where}` on `{box.name}`", box=box.name, cause=exc.cause) from exc


def _checked(process: Process, path: str) -> Iterator[bytes]:
    yield from process.chunks()
    if process.wait():
        error = symptoms.error_of(process.stderr) or CommandFailed
        raise error(f"`{one_line(path)}` on this machine can't be listed", cause=process.stderr)
