"""What a spread sends: the files that any box lacks, cut into pieces at the source, each with its digest."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from ssh_transport import typed
from ssh_transport.box import piped
from ssh_transport.box.carrier.process import Process
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.errors import CommandFailed
from ssh_transport.settings import TransferSettings

from . import program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box

# So many pieces fill a tree quickly, and of small pieces the round trips would be felt.
_PIECES, _LEAST_BYTES, _MOST_BYTES = 64, 1 << 20, 16 << 20
_DIGEST_DIGITS = 64
_ANSWER_BYTES = 1 << 28
_DAY_S = 86_400
_RUN = 'exec "$@"'
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_T = TypeVar("_T")


class Cut(msgspec.Struct):
    """Files (name, size, time in nanoseconds, mode) and the SHA-256 of each piece, in hexadecimal."""

    files: list[tuple[str, _Count, int, _Count]]
    digests: Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{64})*\Z")]


class Placed(msgspec.Struct):
    """Where the state of a spread is on a box, and which pieces it lacks."""

    state: str
    missing: list[_Count]


class Landed(msgspec.Struct):
    """How many files have not got their final names."""

    left: _Count


@dataclass(frozen=True)
class Pieces:
    """
    What is sent.

    :ivar follow: whether links at the source are followed.
    """

    cut: Cut
    piece_bytes: int
    follow: bool

    @property
    def bytes(self) -> int:
        """All of it."""
        return sum(size for _, size, _, _ in self.cut.files)

    @property
    def count(self) -> int:
        """How many pieces."""
        return -(-self.bytes // self.piece_bytes)

    def length(self, piece: int) -> int:
        """Return how long a piece is."""
        return min(self.piece_bytes, self.bytes - piece * self.piece_bytes)

    def at(self, root: str, *, spool: str = "", renamed: str = "") -> Mapping[str, Any]:
        """
        Return the plan for one place.

        :param spool: where files wait until they are whole; empty for the source, which has them all.
        :param renamed: the name of a single file there, if it is another.
        """
        where = {"root": told(root), "spool": told(spool), "renamed": told(renamed)}
        return {**where, **msgspec.to_builtins(self.cut), "piece_bytes": self.piece_bytes, "follow": self.follow}


def piece_bytes_of(total_bytes: int) -> int:
    """Return how large pieces are: a power of two, as who cuts a little less next time finds the pieces of the last."""
    return min(_MOST_BYTES, max(_LEAST_BYTES, 1 << (total_bytes // _PIECES).bit_length()))


def cut(root: str, sizes: Mapping[str, int], box: Box | None, python: str, *, follow: bool) -> Pieces:
    """
    Cut files into pieces, on the source box or here.

    :param root: what the names are relative to.
    :param sizes: the files by name.
    :raises TaskError: they can't be read.
    """
    piece_bytes = piece_bytes_of(sum(sizes.values()))
    order = {"root": told(root), "names": [told(name) for name in sizes], "follow": follow, "piece_bytes": piece_bytes}
    made = run_there(box, python, "cut", order, Cut) if box else run_here("cut", order, Cut)
    found = Pieces(made, piece_bytes, follow)
    names = {told(name) for name in sizes}
    has_others = any(name not in names for name, *_ in made.files)
    if has_others or len(made.digests) != _DIGEST_DIGITS * found.count:
        raise CommandFailed("the source cut its files into pieces that do not fit", box=box.name if box else "")
    return found


def run_there(box: Box, python: str, verb: str, order: Mapping[str, Any], kind: type[_T]) -> _T:
    """
    Run a verb that takes an order on a box.

    :raises TaskError: it failed there, or the link broke.
    """
    words = (python, "-I", "-S", "-c", program.code(), verb)
    return _answer(_piped(box, *words, data=_packed(order)), kind, f"`{box.name}`")


def run_state_there(box: Box, python: str, verb: str, state: str, kind: type[_T]) -> _T:
    """As `run_there`, for a verb that takes a state directory."""
    words = (python, "-I", "-S", "-B", f"{state}/program.py", verb, state)
    return _answer(_piped(box, *words, data=b""), kind, f"`{box.name}`")


def run_here(verb: str, order: Mapping[str, Any], kind: type[_T]) -> _T:
    """As `run_there`, on this machine."""
    argv = [sys.executable, "-I", "-S", "-c", program.code(), verb]
    with tempfile.TemporaryFile() as stdin:
        stdin.write(_packed(order))
        stdin.seek(0)
        with Process(Spawned(argv, os.environ, stdin=stdin.fileno())) as process:
            said = b"".join(process.chunks())
            if process.wait():
                raise CommandFailed("the files could not be read", cause=process.stderr)
    return _answer(said, kind, "this machine")


def state_here(directory: str, plan: Mapping[str, Any], count: int) -> str:
    """Make the state of a source that is here, in a directory of ours; return where it is."""
    place = Path(directory)
    (place / "plan").write_bytes(_packed(plan))
    (place / "program.py").write_text(program.code(), encoding="ascii")
    (place / "have").write_text("".join(f"{piece}\n" for piece in range(count)), encoding="ascii")
    return directory


def told(path: str) -> str:
    """Return a path as the program takes it."""
    return os.fsencode(path).decode("latin-1")


def _piped(box: Box, *words: str, data: bytes) -> bytes:
    silence_s = TransferSettings.of(box.c).silence_s
    return piped.run(box, _RUN, *words, data=data, limit_bytes=_ANSWER_BYTES, silence_s=silence_s, timeout_s=_DAY_S)


def _packed(order: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(order).encode(), 1)


def _answer(said: bytes, kind: type[_T], who: str) -> _T:
    try:
        return typed.read(said.strip().rpartition(b"\n")[2], kind)
    except ValueError as exc:
        raise CommandFailed(f"what {who} answers makes no sense", cause=str(exc)) from exc
