"""Lists the processes of a box from `/proc`, or by `ps` without it."""

from __future__ import annotations

import contextlib
import itertools
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import piped
from ssh_transport.box.script import LINE
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import ToolMissing
from ssh_transport.facts.secret_lines import masked
from ssh_transport.text import one_line

from .listing_script import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssh_transport.box import Box

_OWN_WORDS = LINE.partition("'")[2].partition(";")[2].rpartition("'")[0].strip()
# A line of a newline alone takes fifty times its room.
_LIMIT_BYTES, _LIMIT_LINES, _PIECE_BYTES = 64 << 20, 1 << 19, 1 << 20
_GZIP, _GZIP_BEGINS = zlib.MAX_WBITS + 16, b"\x1f\x8b"
_SILENCE_S = 30
_TIMEOUT_S = 90

_STAT = re.compile(r"process (?P<uid>\d*) (?P<pid>\d+) \((?P<name>.*)\) (?P<state>\S) (?P<rest>[-\d ]+)", re.DOTALL)
# The fields of proc_pid_stat(5) that follow the state, counted from there.
_PARENT, _GROUP, _SESSION, _FLAGS, _THREADS, _START = 0, 1, 2, 5, 16, 18
_KERNEL_THREAD = 0x200000
_OF_FILE = re.compile(r"(?P<pid>\d{1,20})/(?P<file>stat|status|cmdline):(?P<said>.*)", re.DOTALL)
_PS = re.compile(
    r"\s*(?P<pid>\d+)\s+(?P<parent>\d+)\s+(?P<group>\d+)\s+(?P<state>\S)\S*\s+(?P<user>\S+)\s+"
    r"(?P<born>\w+\s+\w+\s+\w+\s+[\d:]+\s+\d+)\s+(?P<age>[-:\d]+)\s(?P<command>.*)",
    re.DOTALL,
)
_SHOWN_CHARS = 150
_ALSO = "also "


_OLDEST_S = 1 << 31


@dataclass(frozen=True)
class Process:
    """
    A process of a box.

    ``born`` is its start time in the format of the box: pid and start time together identify a process, even if the pid
    is reused. With `ps`, ``session`` is always 0 and ``threads`` 1. A process can change its ``command`` itself.
    """

    pid: int
    parent: int
    group: int
    session: int
    state: str
    threads: int
    born: str
    user: str
    age_s: int
    command: str

    @property
    def identity(self) -> tuple[int, str]:
        """Pid and start time, which no other process has, not even a later one with this pid."""
        return self.pid, self.born

    @property
    def leads(self) -> bool:
        """Whether it leads its process group or session, whose other members are its descendants."""
        return self.pid in {self.group, self.session}

    @property
    def is_zombie(self) -> bool:
        """Whether it has ended and was not waited for. (A main thread in this state may still have other threads.)"""
        return self.state in "ZX" and self.threads <= 1

    @property
    def is_stuck(self) -> bool:
        """Whether it waits in the kernel, where no signal reaches it (state D)."""
        return self.state == "D"

    def __str__(self) -> str:
        command = one_line(masked(self.command))
        cut = command if len(command) <= _SHOWN_CHARS else f"{command[:_SHOWN_CHARS]}..."
        return f"{self.pid:>7} {one_line(self.user):<8} {_age(self.age_s):>7}  {cut}"


@dataclass(frozen=True)
class Listing:
    """
    All processes of a box at one moment, and the pid of the shell that listed them.

    ``has_gpu_tool``: there is an `nvidia-smi` to be asked. ``also`` is the answer to what was asked before.
    """

    processes: tuple[Process, ...]
    own: int
    has_gpu_tool: bool = False
    also: tuple[str, ...] = ()


def listing(box: Box, before: str = "also=", *words: str) -> Listing:
    """
    List the processes of the box in a single round trip.

    :param before: a script that runs before, with its words; each line of its ``$also`` begins with `also`.
    :raises ToolMissing: it has neither `/proc` nor a `ps` whose output we can parse.
    :raises LinkLost: the link broke.
    """
    script = relying_on(f"{before}\n{LIST}", "tr")
    output = piped.run(box, script, *words, limit_bytes=_LIMIT_BYTES, silence_s=_SILENCE_S, timeout_s=_TIMEOUT_S)
    parsed = parse(output)
    # The shell that lists them must be among them, and with its words: else what has other words is not seen either.
    own = next((process for process in parsed.processes if process.pid == parsed.own), None)
    if own is None or _OWN_WORDS not in own.command:
        hint = f"mount /proc there, or install ps: ssh {box.name} 'ls /proc; ps -A'"
        raise ToolMissing(f"`{box.name}` does not list its processes", box=box.name, hint=hint)
    return parsed


def parse(output: bytes) -> Listing:
    """Parse the output of the script; invalid lines are left out."""
    head, *lines = _unpacked(output).decode("utf-8", "surrogateescape").split("\n")
    source, own, *rest = [*head.split(" "), "", ""]
    also = tuple(line.removeprefix(_ALSO) for line in itertools.takewhile(lambda line: line.startswith(_ALSO), lines))
    if source == "ps":
        processes = tuple(_of_ps(lines))
    else:
        processes = tuple(_of_proc(lines, _number(own), _number(rest[0]) or 100))
    return Listing(processes, _number(own), has_gpu_tool="gpu" in rest, also=also)


def _unpacked(output: bytes) -> bytes:
    """Return what was said; of what was packed badly, or is too much, nothing."""
    unpacking = zlib.decompressobj(_GZIP) if output.startswith(_GZIP_BEGINS) else None
    said = bytearray() if unpacking else bytearray(output)
    lines = said.count(b"\n")
    with contextlib.suppress(zlib.error):
        while unpacking and output and lines <= _LIMIT_LINES and len(said) <= _LIMIT_BYTES:
            piece = unpacking.decompress(output, _PIECE_BYTES)
            output = unpacking.unconsumed_tail
            said += piece
            lines += piece.count(b"\n")
        if lines <= _LIMIT_LINES and len(said) <= _LIMIT_BYTES and (unpacking is None or unpacking.eof):
            return bytes(said)
    return b""


def _of_proc(lines: Iterable[str], own: int, ticks_per_s: int) -> list[Process]:
    users: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    files: dict[str, dict[str, list[str]]] = {}
    remaining = iter(lines)
    for line in remaining:
        if line.startswith("user "):
            _, uid, name = [*line.split(" ", 2), ""][:3]
            users.setdefault(uid, name)
        elif line.startswith("process "):
            # Always take the next line as the command line, even if it looks like another record.
            pairs.append((line, next(remaining, "")))
        elif of_file := _OF_FILE.fullmatch(line):
            files.setdefault(of_file["pid"], {}).setdefault(of_file["file"], []).append(of_file["said"])
    found: list[tuple[re.Match[str], list[int], str]] = []
    for line, words in (*pairs, *map(_pair, files.values())):
        match = _STAT.fullmatch(line)
        fields = [_number(word) for word in match["rest"].split()] if match else []
        if match and len(fields) > _START and not fields[_FLAGS] & _KERNEL_THREAD:
            found.append((match, fields, words.strip(" ") or f"[{match['name']}]"))
    # The clocks of a container may be those of its host, so the start of our own shell is taken as the current time.
    now = next((fields[_START] for match, fields, _ in found if int(match["pid"]) == own), 0)
    return [
        Process(
            pid=int(match["pid"]),
            parent=fields[_PARENT],
            group=fields[_GROUP],
            session=fields[_SESSION],
            state=match["state"],
            threads=fields[_THREADS],
            born=str(fields[_START]),
            user=users.get(match["uid"], match["uid"]),
            age_s=max(0, now - fields[_START]) // ticks_per_s,
            command=command,
        )
        for match, fields, command in found
    ]


def _pair(files: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Return what is said of a process one by one, from what its files say."""
    uid = [*"".join(files.get("status", [])).split("\t"), "", "", ""][2]
    return f"process {uid} {''.join(files.get('stat', []))}", " ".join(files.get("cmdline", []))


def _of_ps(lines: Iterable[str]) -> Iterator[Process]:
    for match in filter(None, map(_PS.fullmatch, lines)):
        yield Process(
            pid=int(match["pid"]),
            parent=int(match["parent"]),
            group=int(match["group"]),
            session=0,
            state=match["state"],
            threads=1,
            born=" ".join(match["born"].split()),
            user=match["user"],
            age_s=_seconds(match["age"]),
            command=match["command"].strip(" "),
        )


def _number(word: str) -> int:
    # A box may send more digits than Python converts.
    return int(word) if re.fullmatch(r"-?[0-9]{1,20}", word) else 0


def _seconds(etime: str) -> int:
    """
    Return the seconds of ``[[dd-]hh:]mm:ss``, the format of ps(1); 0 for what it makes of a process that seems to begin
    later than now, where two clocks of the kernel are a little apart: most of what 32 bits hold.
    """
    days, _, clock = etime.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + _number(part)
    seconds += _number(days) * 86400
    return 0 if seconds > _OLDEST_S else seconds


def _age(seconds: int) -> str:
    for unit, length_s in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds // length_s}{unit}"
    return f"{seconds}s"
