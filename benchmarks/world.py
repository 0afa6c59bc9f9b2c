"""The stage of every benchmark: a person with a HOME, a real sshd as the box, and a link between the two."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.link import Link
from tests.support.person import Person
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ALIAS = "box-1"  # through the link
DIRECT = "box-2"  # nothing between
POLL_S = 0.01
LONGEST_COMMAND_S = 900
_GRACE_S = 5


@dataclass(frozen=True)
class Outcome:
    """How a command ended; ``wire_bytes`` and ``longest_wait_s`` are the link's own view of it."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    wire_bytes: int
    longest_wait_s: float

    @property
    def result(self) -> dict[str, Any]:
        """What the task printed with ``--json``; empty when it failed."""
        found: dict[str, Any] = json.loads(self.stdout) if self.exit_code == 0 else {}
        return found


class World:
    """A person, a box and the link between them, all below `place`."""

    def __init__(self, place: Path, sshd: Sshd, link: Link) -> None:
        self.box, self.sshd, self.link = sshd.home, sshd, link
        self.person = Person(place / "person")
        self.running: subprocess.Popen[bytes] | None = None
        self.scratch = place / "tmp"
        self.scratch.mkdir()
        for words in (
            ("keys.generate",),
            ("config.add", ALIAS, f"ssh -p {link.port} root@127.0.0.1"),
            ("config.add", DIRECT, f"ssh -p {sshd.port} root@127.0.0.1"),
        ):
            said = self.person.types("fab", *words)
            if said.exit_code:
                raise RuntimeError(f"`fab {words[0]}` ended with {said.exit_code}: {said.stderr}")
        (sshd.home / ".ssh/authorized_keys").write_bytes((self.person.ssh / "id_ed25519.pub").read_bytes())

    @property
    def here(self) -> Path:
        """The person's home."""
        return self.person.home

    def run(self, argv: Sequence[str | Path], watch: Callable[[], None] = lambda: None) -> Outcome:
        """Run a command as the person, in their home; `watch` is called all the while, and may end `running`."""
        start = moved_at = time.monotonic()
        seen = before = self._carried()
        longest_s = 0.0
        with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
            surroundings = self.person.environment | {"TMPDIR": str(self.scratch)}
            process = self.running = subprocess.Popen(
                argv, cwd=self.here, env=surroundings, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
            try:
                while process.poll() is None:
                    if time.monotonic() - start > LONGEST_COMMAND_S:
                        raise TimeoutError(f"still running after {LONGEST_COMMAND_S} s: {argv}")
                    watch()
                    time.sleep(POLL_S)
                    now = time.monotonic()
                    if (total := self._carried()) != seen:
                        longest_s, seen, moved_at = max(longest_s, now - moved_at), total, now
            finally:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.terminate()
                    process.wait(_GRACE_S)
                process.kill()
            seconds = time.monotonic() - start
            stdout.seek(0)
            stderr.seek(0)
            return Outcome(process.wait(), stdout.read(), stderr.read(), seconds, self._carried() - before, longest_s)

    def fab(self, task: str, *flags: str, watch: Callable[[], None] = lambda: None) -> Outcome:
        """Run a task on the box, result as JSON."""
        return self.run(self.person.argv("fab", "-H", ALIAS, task, *flags, "--json"), watch)

    def copy(self, engine: str, task: str, *flags: str, watch: Callable[[], None] = lambda: None) -> Outcome:
        """Run a copy by one engine through the link, result as JSON."""
        return self.run(self.copying(engine, ALIAS, task, *flags), watch)

    def copying(self, engine: str, alias: str, task: str, *flags: str) -> list[str]:
        """Return the words of a copy by one engine."""
        return self.person.argv("fab", "-H", alias, f"transfer.{task}", *flags, f"--engine={engine}", "--json")

    def servers(self) -> set[int]:
        """Return the process ids of the box's rsyncs."""
        return {pid for pid, words in self._processes(self.box) if "--server" in words and "rsync" in words[0]}

    def leftovers(self) -> list[str]:
        """Return what runs of ours, on either side, and our temporary files; programs get a moment to end."""
        deadline_s = time.monotonic() + _GRACE_S
        while (running := self._running()) and time.monotonic() < deadline_s:
            time.sleep(POLL_S)
        return running + [path.name for path in self.scratch.iterdir()]

    def _running(self) -> list[str]:
        both = [*self._processes(self.here), *self._processes(self.box)]
        return [" ".join(words)[:60] for _, words in both]

    def _carried(self) -> int:
        return self.link.bytes_up + self.link.bytes_down

    @staticmethod
    def _processes(home: Path) -> Iterator[tuple[int, list[str]]]:
        """Yield number and words of the processes that have this HOME."""
        mark = b"HOME=" + os.fsencode(home)
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = os.fsdecode((entry / "cmdline").read_bytes()).split("\0")[:-1]
                if words and mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name), words


@contextlib.contextmanager
def world(rate_bytes_s: int | None = None, delay_s: float = 0) -> Iterator[World]:
    """Make a world in a temporary directory, and take it away."""
    with (
        tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name,
        Sshd(Path(name) / "sshd") as sshd,
        Link(sshd.port, rate_bytes_s, delay_s) as link,
    ):
        yield World(Path(name), sshd, link)


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    cells = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    sys.stdout.write("\n".join([title, "", lines[0], "-" * len(lines[0]), *lines[1:], "", ""]))
    sys.stdout.flush()


def tell(text: str) -> None:
    """Say how it goes, beside the table."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
