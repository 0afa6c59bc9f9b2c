"""The two ends of a comparison: what each can do, and the listing that each makes at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import shell, symptoms
from ssh_transport.errors import CommandFailed, NoSuchPath, ToolMissing, UsageError
from ssh_transport.settings import TransferSettings
from ssh_transport.stream import stream
from ssh_transport.text import one_line
from ssh_transport.transfer.patterns import Excluded
from ssh_transport.transfer.process import Process
from ssh_transport.transfer.seeds import PARTIAL_DIRECTORY
from ssh_transport.transfer.sftp import PARTIAL_DIRECTORY as SFTP_PARTIAL_DIRECTORY
from ssh_transport.transfer.staged import STAGING_DIRECTORY

from . import plain_box, worker
from .records import DIGEST_DIGITS, Reader, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box

    from .records import Record

_LEFT_OUT = (PARTIAL_DIRECTORY, SFTP_PARTIAL_DIRECTORY, STAGING_DIRECTORY)
_SAFE = "sha256"

# The first Python that is new enough; without any, nothing is said.
_PYTHON = """
code=$1 order=$2
shift 2
for python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))' >/dev/null 2>&1; then
        exec "$python" -I -c "$code" "$order"
    fi
done
"""


@dataclass(frozen=True)
class Listing:
    """
    What one end is to list.

    :param path: a slash at the end follows a link, as everywhere.
    :param prefix: what the names begin with for the exclude patterns, as in rsync.
    :param is_source: links are followed here if at all, and what is left out is told here.
    """

    path: str
    prefix: str = ""
    exclude: Sequence[str] = ()
    copy_links: bool = False
    is_source: bool = True


@dataclass(frozen=True)
class Method:
    """How both ends hash: the algorithm, whether the box has a Python for it, and that one's path and version."""

    algorithm: str
    box_has_python: bool = True
    python: str = ""
    python_version: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class _Able:
    """What the box's Python says it can do; no rates where there is none."""

    rates: dict[str, float] = field(default_factory=dict)
    python: str = ""
    version: tuple[int, int] = (0, 0)


def method(box: Box) -> Method:
    """Ask both ends for the rates of their algorithms; the best is the one whose slower end is fastest."""
    theirs = _able(box)
    if not theirs.rates:
        return Method(plain_box.ALGORITHM, box_has_python=False)
    return Method(_best(worker.rates(), theirs.rates), python=theirs.python, python_version=theirs.version)


def methods(source: Box, target: Box, *, copy_links: bool) -> tuple[Method, Method]:
    """
    As `method`, for two boxes.

    :raises ToolMissing: one of them has nothing to list and hash with.
    :raises EndpointTooWeak: one of them runs no commands.
    :raises UsageError: links can't be followed at the source.
    """
    rates = {box.name: _able(box).rates for box in (source, target)}
    for box in (source, target):
        if not rates[box.name] and shell.run(box, plain_box.HAS_TOOLS, check=False).exit_code:
            raise ToolMissing(
                "there is neither python3 nor find, xargs, stat, readlink and sha256sum to compare with", box=box.name
            )
    if copy_links and not rates[source.name]:
        raise _follows_no_links(source)
    best = _best(*rates.values()) if all(rates.values()) else plain_box.ALGORITHM
    first, second = (Method(best, box_has_python=bool(found)) for found in rates.values())
    return first, second


@contextlib.contextmanager
def here(listing: Listing, algorithm: str) -> Iterator[Iterator[bytes]]:
    """
    List a local path in a process of its own; yield its chunks.

    :raises ToolMissing: this Python lacks the algorithm.
    :raises NoSuchPath: there is nothing at the path.
    """
    if algorithm not in worker.algorithms():
        raise ToolMissing(f"this Python has no `{algorithm}`", hint=f"{sys.executable} -m pip install {algorithm}")
    if not os.path.lexists(listing.path):
        raise NoSuchPath(f"there is no `{one_line(listing.path)}` on this machine")
    argv = [sys.executable, "-I", worker.__file__, _order(listing, algorithm)]
    with Process(argv, os.environ) as process:
        yield _checked(process, listing.path)


def there(box: Box, listing: Listing, how: Method, run: Callable[..., Iterator[bytes]] = stream) -> Iterator[bytes]:
    """
    Start to list a path on the box at once; return its chunks, unpacked.

    :param run: what a script is run with, as by `stream`.
    :raises NoSuchPath: while they are read: there is nothing at the path.
    """
    silence_s = TransferSettings.of(box.c).silence_s
    if how.box_has_python:
        words = (_code(), _order(listing, how.algorithm), *_pythons(box))
        return unpacked(_found(box, listing, run(box, _PYTHON, *words, silence_s=silence_s)), f"`{box.name}`")
    if listing.copy_links:
        raise _follows_no_links(box)
    return _found(box, listing, run(box, plain_box.SCRIPT, listing.path, silence_s=silence_s))


def records_here(chunks: Iterator[bytes], reader: Reader) -> Iterator[Record]:
    """Read the local listing."""
    return reader.records(unpacked(chunks, "this machine"))


def records_there(
    box: Box, listing: Listing, how: Method, reader: Reader, run: Callable[..., Iterator[bytes]] = stream
) -> Iterator[Record]:
    """Read the listing of the box; one of a box without Python is put in order, and the patterns applied, here."""
    chunks = there(box, listing, how, run)
    if how.box_has_python:
        return reader.records(chunks)
    return plain_box.without(
        plain_box.in_order(reader.unordered(chunks)),
        Excluded(listing.exclude),
        prefix=listing.prefix,
        left_out=_LEFT_OUT,
        tell_left_out=listing.is_source,
    )


@contextlib.contextmanager
def ahead(chunks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """Let a listing run ahead of its reader, into a file, when the other end's comes whole or not at all."""
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


def _follows_no_links(box: Box) -> UsageError:
    hint = "install python3 there, or leave it out"
    return UsageError("`--copy-links` can't be verified on a box without Python", box=box.name, hint=hint)


def _able(box: Box) -> _Able:
    import msgspec

    said = shell.run(box, _PYTHON, _code(), json.dumps({"ask": True}), *_pythons(box), check=False).stdout
    try:
        return msgspec.json.decode(said, type=_Able)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Able()


def _pythons(box: Box) -> list[str]:
    profile, _ = box.platform
    return list(dict.fromkeys((*profile.tools.python, "python3", "python")))


def _code() -> str:
    return Path(worker.__file__).read_text(encoding="ascii")


def _order(listing: Listing, algorithm: str) -> str:
    return json.dumps(
        {
            "path": listing.path,
            "prefix": listing.prefix,
            "algorithm": algorithm,
            "copy_links": listing.copy_links and listing.is_source,
            "left_out": _LEFT_OUT,
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
