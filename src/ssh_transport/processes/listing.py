"""The processes of a box, by `/proc` where there is one, else by `ps`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport import piped
from ssh_transport.errors import EndpointTooWeak
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssh_transport.box import Box

# Two lines for each process: the effective user with `/proc/PID/stat`, in which the kernel escapes newlines, and the
# command line, in which `tr` removes them. Kernel threads (PF_KTHREAD, proc_pid_stat(5) field 9) have none. No word of
# the pattern gets here, so that nothing of ours can match it.
_LIST = r"""
LC_ALL=C
export LC_ALL
if [ ! -r /proc/self/stat ]; then
    echo "ps $$"
    exec ps -A -ww -o pid= -o ppid= -o pgid= -o stat= -o user= -o lstart= -o etime= -o command=
fi
cd /proc || exit
echo "proc $$ $(getconf CLK_TCK 2>/dev/null || echo 100) $(cat sys/kernel/random/boot_id 2>/dev/null)"
while IFS=: read -r name _ uid _; do printf 'user %s %s\n' "$uid" "$name"; done </etc/passwd
for pid in [0-9]*; do
    { read -r stat <"$pid/stat"; } 2>/dev/null || continue
    set -- ${stat##*) }
    [ $(($7 & 2097152)) = 0 ] || continue
    uid=
    { while read -r key _ uid _; do [ "$key" != Uid: ] || break; done <"$pid/status"; } 2>/dev/null
    printf 'process %s %s\n' "$uid" "$stat"
    { tr '\n\000' '  ' <"$pid/cmdline"; } 2>/dev/null
    echo
done
"""
_LIMIT_BYTES = 64 << 20
_SILENCE_S = 30
_TIMEOUT_S = 90

_STAT = re.compile(r"process (?P<uid>\d*) (?P<pid>\d+) \((?P<name>.*)\) (?P<state>\S) (?P<rest>[-\d ]+)", re.DOTALL)
# The fields of proc_pid_stat(5) that follow the state, counted from there.
_PARENT, _GROUP, _SESSION, _THREADS, _START = 0, 1, 2, 16, 18
_PS = re.compile(
    r"\s*(?P<pid>\d+)\s+(?P<parent>\d+)\s+(?P<group>\d+)\s+(?P<state>\S)\S*\s+(?P<user>\S+)\s+"
    r"(?P<born>\w+\s+\w+\s+\w+\s+[\d:]+\s+\d+)\s+(?P<age>[-:\d]+)\s(?P<command>.*)",
    re.DOTALL,
)
_SHOWN_CHARS = 150


@dataclass(frozen=True)
class Process:
    """
    A process of a box.

    ``born`` is when it was started, in the words of that box: with the pid it names one process and no later one.
    ``session`` is 0 and ``threads`` 1 where only `ps` was asked. ``command`` holds what the process says of itself.
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
        """What no other process has, not even a later one of the same number."""
        return self.pid, self.born

    @property
    def leads(self) -> bool:
        """Whether a process group or session bears its number: who is in there descends from it."""
        return self.pid in {self.group, self.session}

    @property
    def is_zombie(self) -> bool:
        """Whether it ended and only its parent has not asked how; the first of several threads may end before them."""
        return self.state in "ZX" and self.threads <= 1

    @property
    def is_stuck(self) -> bool:
        """Whether it waits in the kernel, where no signal reaches it (state D)."""
        return self.state == "D"

    def __str__(self) -> str:
        command = one_line(self.command)
        cut = command if len(command) <= _SHOWN_CHARS else f"{command[:_SHOWN_CHARS]}..."
        return f"{self.pid:>7} {one_line(self.user):<8} {_age(self.age_s):>7}  {cut}"


@dataclass(frozen=True)
class Listing:
    """All processes of a box at one moment, the shell that listed them, and which start of the kernel it was."""

    processes: tuple[Process, ...]
    own: int
    boot_id: str = ""


def listing(box: Box) -> Listing:
    """
    Ask the box for its processes; a single round trip.

    :raises EndpointTooWeak: it has neither `/proc` nor a `ps` that is understood.
    :raises LinkLost: the link broke.
    """
    said = piped.run(box, _LIST, limit_bytes=_LIMIT_BYTES, silence_s=_SILENCE_S, timeout_s=_TIMEOUT_S)
    found = read(said)
    if not any(process.pid == found.own for process in found.processes):
        hint = f"mount it there, or install ps: ssh {box.name} 'ls /proc; ps -A'"
        raise EndpointTooWeak(f"`{box.name}` does not tell its processes", box=box.name, hint=hint)
    return found


def read(said: bytes) -> Listing:
    """Return the listing that a box said; lines that make no sense are left out."""
    head, *lines = said.decode("utf-8", "surrogateescape").split("\n")
    way, own, *rest = [*head.split(" "), "", ""]
    if way == "ps":
        return Listing(tuple(_of_ps(lines)), _number(own))
    ticks_per_s, boot_id = [*rest, ""][:2]
    return Listing(tuple(_of_proc(lines, _number(own), _number(ticks_per_s) or 100)), _number(own), boot_id)


def _of_proc(lines: Iterable[str], own: int, ticks_per_s: int) -> list[Process]:
    users: dict[str, str] = {}
    found: list[tuple[re.Match[str], list[int], str]] = []
    remaining = iter(lines)
    for line in remaining:
        if line.startswith("user "):
            _, uid, name = [*line.split(" ", 2), ""][:3]
            users.setdefault(uid, name)
        elif line.startswith("process "):
            # Taken whatever it holds: a command line may look like a process.
            command = next(remaining, "").strip(" ")
            match = _STAT.fullmatch(line)
            fields = [_number(word) for word in match["rest"].split()] if match else []
            if match and len(fields) > _START:
                found.append((match, fields, command or f"[{match['name']}]"))
    # Of the box's clocks a container may see another's; our own shell was started just now.
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
    """Return the seconds of ``[[dd-]hh:]mm:ss``, as ps(1) says them."""
    days, _, clock = etime.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + _number(part)
    return _number(days) * 86400 + seconds


def _age(seconds: int) -> str:
    for unit, length_s in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds // length_s}{unit}"
    return f"{seconds}s"
