"""Copies that are held in one of their phases and ended there, and how long anything of them lives on at either end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.link import Link
from ssh_transport.transfer.sftp.file import partial_path
from ssh_transport.trees.tree import Entry
from tests.conftest import lets_in
from tests.support.person import Person
from tests.support.processes import programs_of, until
from tests.support.sshd import SFTP_SERVER_PLACES, Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLL_S = 0.01
LARGE_BYTES, BEGUN_BYTES = 12_000_000, 3_000_000
RATE_BYTES_S = 3_000_000
DIRECTORY, NAME = "ckpt", "weights"

# On the box in the place of a program: stays in a call that a file asks for, by its number or by what is in its words.
HOLDS = """#!/bin/sh
case "$*" in
    {which})
        echo >>{place}/{name}.calls
        if [ "$(wc -l <{place}/{name}.calls)" -eq "$(cat {place}/{name}.hold 2>/dev/null || echo 0)" ]; then
            touch {place}/held
            {how}
        fi ;;
esac
exec {real} "$@"
"""
NEVER_ANSWERS, FLOODS = "exec sleep 1000", "exec yes >&2"


@dataclass(frozen=True)
class Stage:
    """A person, a box and the slow link between them."""

    person: Person
    box: Sshd
    link: Link
    place: Path

    def hold(self, program: str, call: int, which: str = "*", how: str = NEVER_ANSWERS) -> None:
        """Let a call of a program on the box never come to its end."""
        script = HOLDS.replace("{which}", which).replace("{how}", how).replace("{name}", program)
        real = shutil.which(program, path=os.pathsep.join((os.environ["PATH"], *SFTP_SERVER_PLACES)))
        if real is None:
            raise RuntimeError(f"the tests need `{program}`")
        script = script.replace("{place}", str(self.place)).replace("{real}", real)
        # Made anew: through a link the machine's own program would be overwritten.
        with (self.place / "bin" / program).open("x") as file:
            file.write(script)
        (self.place / "bin" / program).chmod(0o755)
        (self.place / f"{program}.hold").write_text(str(call))

    def is_held(self) -> bool:
        return (self.place / "held").exists()

    def begun(self) -> None:
        """Leave a partial file here as an earlier run by SFTP would."""
        source = self.box.home / DIRECTORY / NAME
        found = source.stat()
        target = self.person.home / "here"
        partial = Path(partial_path(str(target / NAME), Entry(found.st_mode, found.st_size, int(found.st_mtime))))
        partial.parent.mkdir(parents=True)
        partial.write_bytes(source.read_bytes()[:BEGUN_BYTES])


def nothing(_: Stage) -> None:
    """Prepare nothing."""


def half_way(stage: Stage, _: Path) -> bool:
    return stage.link.bytes_down > LARGE_BYTES / 3


def held(stage: Stage, _: Path) -> bool:
    return stage.is_held()


@dataclass(frozen=True)
class Phase:
    """
    A moment of a copy.

    :param prepare: what makes it last.
    :param is_there: whether it has come; told what the copy said so far.
    :param waits_there: whether something on the box does not notice by itself that nobody is left.
    """

    name: str
    way: str
    flags: tuple[str, ...]
    prepare: Callable[[Stage], None] = nothing
    is_there: Callable[[Stage, Path], bool] = held
    waits_there: bool = True


def _planning(call: int, how: str = NEVER_ANSWERS) -> Callable[[Stage], None]:
    return lambda stage: stage.hold("rsync", call, "*--server*", how)


def _hashing(stage: Stage) -> None:
    stage.begun()
    stage.hold("head", 1, "-c*")


def _mute(stage: Stage) -> None:
    stage.link.silence_at(0)


def _gone(stage: Stage, said: Path) -> bool:
    """Take the box away half way; the copy says that it will try again."""
    if half_way(stage, said):
        stage.box.stop()
    return b"attempt 2 in" in said.read_bytes()


def _gone_for_now(stage: Stage, said: Path) -> bool:
    """Take the box away half way; several connections wait until it is back."""
    if half_way(stage, said):
        stage.box.stop()
        return True
    return False


def _phases(way: str, *flags: str) -> list[Phase]:
    return [
        Phase("planning, never answered", way, flags, _planning(1)),
        Phase("planning, flooded", way, flags, _planning(1, FLOODS)),
        Phase("copying", way, flags, is_there=half_way, waits_there=False),
        Phase("copying, never answered", way, flags, _planning(2)),
        Phase("second look", way, flags, lambda stage: stage.hold("rsync", 2, "-ptr*")),
        Phase("verify", way, (*flags, "--verify"), lambda stage: stage.hold("python3", 1, """*'"algorithm": "'*""")),
        Phase("retry wait", way, flags, is_there=_gone if "--streams=1" in flags else _gone_for_now, waits_there=False),
    ]


SFTP = "--engine=sftp"
PHASES = [
    Phase("login", "any", (), _mute, lambda stage, _: stage.link.connections > 0, waits_there=False),
    Phase("probing", "any", (), lambda stage: stage.hold("rsync", 1, "--version")),
    *_phases("rsync, 1 stream", "--streams=1"),
    *_phases("rsync, 3 streams", "--streams=3"),
    Phase("planning", "sftp", (SFTP,), lambda stage: stage.hold("sftp-server", 1)),
    Phase("hashing a partial", "sftp", (SFTP,), _hashing),
    Phase("copying", "sftp", (SFTP,), is_there=half_way, waits_there=False),
    Phase("copying, slowly", "sftp", (SFTP, "--bwlimit=100"), is_there=lambda stage, _: stage.link.bytes_down > 10**6),
    Phase("retry wait", "sftp", (SFTP,), is_there=_gone, waits_there=False),
]


class NeverCame(Exception):
    """The copy ended before it came to its phase."""


@dataclass(frozen=True)
class Ended:
    """Seconds from the signal until nothing ran any more; infinite if something still did after `longest_s`."""

    here_s: float
    there_s: float
    left: tuple[str, ...] = ()


def ended(phase: Phase, number: signal.Signals, longest_s: float) -> Ended:
    """Hold a copy in a phase, send it a signal, and look for how long anything of it lives."""
    with stage() as scene, tempfile.NamedTemporaryFile() as stderr:
        phase.prepare(scene)
        words = scene.person.argv(
            "fab", "-H", "proj-1", "transfer.pull", f"--path={DIRECTORY}/", "--to=here/", *phase.flags
        )
        copy = subprocess.Popen(
            words,
            cwd=scene.person.home,
            env=scene.person.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            said = Path(stderr.name)
            until(lambda: phase.is_there(scene, said) or copy.poll() is not None)
            if copy.poll() is not None:
                raise NeverCame(f"{phase.name}: {said.read_text()}")
            copy.send_signal(number)
            return _watched(scene, copy, longest_s)
        finally:
            copy.kill()
            copy.wait()
            _clear(scene)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Set the stage, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-ends-") as name:
        place = Path(name)
        (place / "bin").mkdir()
        path = os.pathsep.join((str(place / "bin"), os.environ["PATH"], *SFTP_SERVER_PLACES))
        with (
            Sshd(place / "box", path=path, sftp_server=["sftp-server"]) as box,
            Link(box.port, rate_bytes_s=RATE_BYTES_S) as link,
        ):
            person = Person(place / "you")
            lets_in(box, person)
            person.adds_alias("proj-1", link.port, box.user)
            (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
            (box.home / DIRECTORY).mkdir()
            (box.home / DIRECTORY / NAME).write_bytes(os.urandom(LARGE_BYTES))
            (box.home / DIRECTORY / "small").write_text("small")
            yield Stage(person, box, link, place)


def _watched(scene: Stage, copy: subprocess.Popen[bytes], longest_s: float) -> Ended:
    begun_s = time.monotonic()
    ends: dict[Path, float] = {}
    homes = (scene.person.home, scene.box.home)
    while len(ends) < len(homes) and time.monotonic() - begun_s < longest_s:
        copy.poll()
        for home in homes:
            if home in ends and programs_of(home):
                del ends[home]
            elif home not in ends and not programs_of(home):
                ends[home] = time.monotonic() - begun_s
        time.sleep(POLL_S)
    left = tuple(
        command.replace(b"\0", b" ").decode(errors="replace")[:70]
        for home in homes
        for command in programs_of(home).values()
    )
    here_s, there_s = (ends.get(home, float("inf")) for home in homes)
    return Ended(here_s, there_s, left)


def _clear(scene: Stage) -> None:
    for home in (scene.person.home, scene.box.home):
        for process in programs_of(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
