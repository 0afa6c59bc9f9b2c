"""
An SFTP server that means harm: `python -S -m tests.support.hostile_sftp SCENARIO OUTSIDE`, run by the `sshd` of a test.

It serves the machine's own files below the directory that it starts in, and spoils what its scenario names. What is
made up is listed in the directory `SOURCE`; `OUTSIDE` is a place that no client has any business with.
"""

from __future__ import annotations

import dataclasses
import os
import random
import stat
import struct
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from tests.support import sftp_server as sftp
from tests.support.sftp_server import Attrs, Server, framed, status, string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.sftp_server import Ask

    Spoiled = Callable[["Hostile", Ask, Callable[[], bytes]], bytes]

SOURCE = b"ckpt"
HONEST = b"honest.bin"
HONEST_BYTES = 600_000
HALF_BYTES = HONEST_BYTES // 2
# What is spoiled is spoiled from here on: behind the first request of any client.
HONEST_PART_BYTES = 150_000
THEIRS = b"theirs\n"
OUTSIDE = b"{outside}"
# What takes a terminal over: title, screen, colour, a faked line, and text that runs backwards.
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31m\r\nerror: \x9b1m\xe2\x80\xae"

SMALL_FILE = Attrs(0o100644, len(THEIRS), 1_700_000_000)

WHOLE, REFUSED, EITHER = "whole", "refused", "either"


@dataclass(frozen=True)
class Fake:
    """A file, symlink or directory that is only listed; with the name of a real file, other words about that one."""

    name: bytes
    attrs: Attrs = SMALL_FILE
    link: bytes = b""
    children: tuple[Fake, ...] = ()
    is_in_itself: bool = False

    @property
    def below(self) -> tuple[Fake, ...]:
        """What is listed in it."""
        return (self,) if self.is_in_itself else self.children


@dataclass(frozen=True)
class Scenario:
    """
    What the server does, and how a copy must end: `WHOLE`, `REFUSED`, or `EITHER`.

    After `EITHER` whatever was claimed must be true. `spoiled` holds, by kind of request, what makes the answer.
    """

    ends: str = REFUSED
    fakes: tuple[Fake, ...] = ()
    spoiled: Mapping[int, Spoiled] = field(default_factory=dict)
    extensions: tuple[tuple[bytes, bytes], ...] = Server.extensions
    shuffled: bool = False


def directory(name: bytes, *children: Fake, is_in_itself: bool = False) -> Fake:
    return Fake(name, Attrs(0o040755, 4096, 1_700_000_000), b"", children, is_in_itself)


def symlink(name: bytes, target: bytes) -> Fake:
    return Fake(name, Attrs(0o120777, len(target), 1_700_000_000), target)


def honest_with(mode: int | None = 0o100644, size: int | None = HONEST_BYTES, mtime_s: int = 1_600_000_000) -> Fake:
    return Fake(HONEST, Attrs(mode, size, mtime_s))


class Hostile(Server):
    """The server of one scenario."""

    def __init__(self, scenario: Scenario, outside: bytes) -> None:
        super().__init__()
        self.extensions = scenario.extensions
        self._scenario = scenario
        self._fakes = tuple(_placed(fake, outside) for fake in scenario.fakes)
        self.written_bytes = 0

    def reply(self, ask: Ask) -> bytes:
        """Return the answer of the scenario."""
        spoiled = self._scenario.spoiled.get(ask.kind)
        honest = super().reply
        return spoiled(self, ask, lambda: honest(ask)) if spoiled else honest(ask)

    def in_order(self, said: list[bytes]) -> list[bytes]:
        """Shuffle, where the scenario says so."""
        return random.sample(said, len(said)) if self._scenario.shuffled else said

    def look(self, path: bytes, *, follow: bool) -> Attrs:
        """Return what is said of a made-up path: of several the first, of where they lead the last."""
        found = self._fakes_at(path)
        return found[-1 if follow else 0].attrs if found else super().look(path, follow=follow)

    def link(self, path: bytes) -> bytes:
        """Return where a made-up link leads."""
        links = [fake.link for fake in self._fakes_at(path) if stat.S_ISLNK(fake.attrs.mode or 0)]
        return links[0] if links else super().link(path)

    def listing(self, path: bytes) -> Iterator[tuple[bytes, Attrs]]:
        """Yield what is there, and what is made up."""
        fakes = [child for fake in self._fakes_at(path) for child in fake.below]
        if os.path.basename(path.rstrip(b"/.")) == SOURCE:
            fakes = list(self._fakes)
        spoken_of = {fake.name for fake in fakes}
        if os.path.isdir(path):
            yield from (entry for entry in super().listing(path) if entry[0] not in spoken_of)
        yield from ((fake.name, fake.attrs) for fake in fakes)

    def opened(self, path: bytes, flags: int, mode: int) -> int:
        """Return a file with the words of the attacker, where nothing real is."""
        if self._fakes_at(path) and not os.path.isfile(path):
            file = os.memfd_create("theirs")
            os.write(file, THEIRS)
            return file
        return super().opened(path, flags, mode)

    def _fakes_at(self, path: bytes) -> list[Fake]:
        """Return what is made up under exactly this path, as a client puts it together from the names it was told."""
        _, below, rest = path.partition(SOURCE + b"/")
        return _matching(self._fakes, rest) if below else []


def _matching(fakes: tuple[Fake, ...], rest: bytes) -> list[Fake]:
    found = [fake for fake in fakes if fake.name == rest]
    inner = [fake for fake in fakes if rest.startswith(fake.name + b"/")]
    return found + [each for fake in inner for each in _matching(fake.below, rest[len(fake.name) + 1 :])]


def _placed(fake: Fake, outside: bytes) -> Fake:
    """Return it with the real place outside in its names."""
    return dataclasses.replace(
        fake,
        name=fake.name.replace(OUTSIDE, outside),
        link=fake.link.replace(OUTSIDE, outside),
        children=tuple(_placed(child, outside) for child in fake.children),
    )


def always(make: Callable[[int], bytes]) -> Spoiled:
    """Answer with what is made of the number of the request."""
    return lambda _, ask, __: make(ask.id)


def past_half(spoiled: Spoiled) -> Spoiled:
    """Be honest in the first half of a file that is read or written."""

    def decide(server: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
        size = 4 + struct.unpack(">I", ask.rest[:4])[0]
        offset: int = struct.unpack(">Q", ask.rest[size : size + 8])[0]
        return spoiled(server, ask, honest) if offset >= HONEST_PART_BYTES else honest()

    return decide


def later(spoiled: Spoiled) -> Spoiled:
    """Be honest the first time."""
    seen: list[int] = []

    def decide(server: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
        seen.append(ask.id)
        return spoiled(server, ask, honest) if len(seen) > 1 else honest()

    return decide


def silent(_: Hostile, __: Ask, ___: Callable[[], bytes]) -> NoReturn:
    """Say nothing any more, and live on until the client has had enough."""
    while os.read(0, 1 << 20):
        pass
    os._exit(0)


def dying(_: Hostile, __: Ask, ___: Callable[[], bytes]) -> NoReturn:
    os._exit(1)


def truncated(server: Hostile, _: Ask, honest: Callable[[], bytes]) -> NoReturn:
    said = honest()
    server.send(said[: len(said) // 2])
    os._exit(0)


def endless_length(server: Hostile, _: Ask, __: Callable[[], bytes]) -> NoReturn:
    """Announce 4 GiB, send some of it, and wait."""
    server.send(b"\xff" * 4 + bytes(1 << 20))
    silent(server, _, __)


def for_another(_: Hostile, __: Ask, honest: Callable[[], bytes]) -> bytes:
    """Give the answer the number of a request that nobody made."""
    said = honest()
    return said[:5] + struct.pack(">I", 0xDEADBEEF) + said[9:]


def longer(_: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
    """Send more than was asked for."""
    data = honest()
    return framed(sftp.DATA, ask.id, string(data[13:] + b"x" * 50_000)) if data[4] == sftp.DATA else data


def shorter(_: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
    """Send less than was asked for, as a server may."""
    data = honest()
    return framed(sftp.DATA, ask.id, string(data[13 : 13 + 5000])) if data[4] == sftp.DATA else data


def said_twice(_: Hostile, __: Ask, honest: Callable[[], bytes]) -> bytes:
    said = honest()
    return said + said


def rewritten(_: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
    """Let the file grow and change right after it was opened."""
    path = ask.rest[4 : 4 + struct.unpack(">I", ask.rest[:4])[0]]
    said = honest()
    if os.path.basename(path) == HONEST:
        with open(path, "r+b") as file:
            file.write(os.urandom(HONEST_BYTES + 1000))
    return said


def endless_names(server: Hostile, ask: Ask, _: Callable[[], bytes]) -> bytes:
    """List new names for ever."""
    server.written_bytes += 1
    return framed(sftp.NAME, ask.id, _HUNDRED.replace(_ANY, b"%0200d" % server.written_bytes))


_ANY = b"?" * 200
# Behind the head of the packet, so that a million names cost the server no time.
_HUNDRED = sftp.names(0, [(b"%s-%d" % (_ANY, each), Attrs(0o100644, 1, 1)) for each in range(100)])[9:]


def swallowed(_: Hostile, ask: Ask, __: Callable[[], bytes]) -> bytes:
    """Say that it is done, and do nothing."""
    return status(ask.id, sftp.OK)


def dropped_on_close(server: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
    """Lose the end of what was written when the file is closed, as a full quota does, and say so."""
    path, thing = server._handles[ask.rest[4:]]
    if not isinstance(thing, int) or os.fstat(thing).st_size < HALF_BYTES:
        return honest()
    os.truncate(path, HALF_BYTES)
    honest()
    return status(ask.id, sftp.FAILURE, b"quota")


def full_disk(server: Hostile, ask: Ask, honest: Callable[[], bytes]) -> bytes:
    """Take so many bytes in all, and no more."""
    server.written_bytes += len(ask.rest)
    return honest() if server.written_bytes < HALF_BYTES else status(ask.id, sftp.FAILURE, b"Failure")


def failing(code: int = sftp.FAILURE, message: bytes = b"Failure") -> Spoiled:
    return always(lambda number: status(number, code, message))


def named(*found: bytes) -> Spoiled:
    return always(lambda number: sftp.names(number, [(name, Attrs()) for name in found]))


def limited(*limits: int) -> Spoiled:
    return always(lambda number: framed(sftp.EXTENDED_REPLY, number, struct.pack(">4Q", *limits)))


def main() -> None:
    from tests.support.hostile_scenarios import PULLS, PUSHES

    name, outside = sys.argv[1:]
    Hostile((PULLS | PUSHES)[name], os.fsencode(outside)).serve()


if __name__ == "__main__":
    main()
