"""Over a long way, a shell takes script after script, and another waits; nobody else sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import boxes, piped, script, share, shell
from ssh_transport.box.carrier import spare
from ssh_transport.box.carrier.over_ssh import OverSsh
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.carrier.resting import Resting
from ssh_transport.errors import CommandFailed
from ssh_transport.link.meter import Meter
from ssh_transport.link.relay import Relay
from ssh_transport.link.session import opened
from ssh_transport.processes.choice import hosts, protected, select
from ssh_transport.processes.listing import listing
from tests.conftest import lets_in
from tests.support.processes import until
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person


def far(there: Box) -> None:
    """Have it be a box whose login took its time."""
    carrier = there.carrier
    assert isinstance(carrier, OverSsh)
    carrier.round_trip_s = 0.1


@pytest.fixture(autouse=True)
def _at_home(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(person.home))


def test_script_after_script_runs_in_one_session_while_another_waits(there: Box, box: Sshd) -> None:
    far(there)
    said = [shell.run(there, 'echo "$1"; echo "$$" >&2', str(number)) for number in range(5)]

    assert [one.stdout for one in said] == [f"{number}\n" for number in range(5)]
    assert len({one.stderr for one in said}) == 1
    until(lambda: box.log.read_text().count("Starting session") == 2)
    assert box.log.read_text().count("Accepted publickey") == 1


def test_a_shell_that_has_become_another_takes_script_after_script(there: Box, box: Sshd) -> None:
    """A `.bashrc` may end in `exec zsh`, and bash reads it for commands too: bash(1)."""
    started = box.home.parent / "forced_command"
    started.write_text(started.read_text().replace('eval "$SSH_ORIGINAL_COMMAND"', "exec zsh"))
    far(there)
    said = [shell.run(there, 'echo "$1"; echo "$$" >&2', str(number)) for number in range(5)]

    assert [one.stdout for one in said] == [f"{number}\n" for number in range(5)]
    assert len({one.stderr for one in said}) == 1
    until(lambda: box.log.read_text().count("Starting session") == 2)


@pytest.mark.parametrize("round_trip_s", [0.0001, 0.1])
def test_of_many_boxes_each_has_one_shell_for_all_scripts(there: Box, box: Sshd, round_trip_s: float) -> None:
    """Near as far: every session takes processor time from all others."""
    there.carrier.round_trip_s = round_trip_s
    with share.shared(share.Share(boxes=2)):
        said = [shell.run(there, 'echo "$1"; echo "$$" >&2', str(number)) for number in range(5)]

    assert [one.stdout for one in said] == [f"{number}\n" for number in range(5)]
    assert len({one.stderr for one in said}) == 1
    assert box.log.read_text().count("Starting session") == 1


def test_what_has_a_standard_input_takes_the_session_that_waits(there: Box) -> None:
    far(there)
    shell.run(there, "true")
    assert piped.run(there, "cat; exit 0", data=b"some", limit_bytes=9, silence_s=30, timeout_s=30) == b"some"
    assert shell.run(there, "echo on").stdout == "on\n"


def test_rsync_takes_the_session_that_waits_and_another_is_opened(there: Box, box: Sshd) -> None:
    far(there)
    pid = shell.run(there, "echo $$").stdout
    meter = Meter()
    with meter.reading(), Relay(opened(there.carrier), meter) as relay:
        argv = [*relay.words, "-l", "you", "box", "sh", "-c", "'echo $$'"]
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=relay.fds) as remote:
            relay.begin()
            assert remote.communicate()[0].decode() == pid

    until(lambda: there.carrier.has_shell)
    assert box.log.read_text().count("Starting session") == 2


def test_of_many_boxes_the_shell_of_each_stays_for_its_scripts(there: Box) -> None:
    with share.shared(share.Share(boxes=2)):
        shell.run(there, "true")

        assert there.carrier.has_shell
        assert there.carrier.waiting(script.LINE) is None


def test_a_script_that_fails_leaves_its_session_to_the_next(there: Box, box: Sshd) -> None:
    far(there)
    with pytest.raises(CommandFailed, match="exit code 3"):
        shell.run(there, "echo why >&2; exit 3")

    assert shell.run(there, "echo on").stdout == "on\n"
    until(lambda: box.log.read_text().count("Starting session") == 2)


def test_a_shell_that_has_gone_is_not_asked(there: Box) -> None:
    """Some end by themselves after a while (TMOUT in bash(1))."""
    far(there)
    # No other one waits.
    with share.shared(share.Share(boxes=2)):
        os.kill(int(shell.run(there, "echo $$").stdout), signal.SIGKILL)
    until(lambda: not there.carrier.has_shell)

    assert shell.run(there, "echo on").stdout == "on\n"


def test_no_process_to_stop_is_a_session_of_ours_that_waits(there: Box) -> None:
    far(there)
    shell.run(there, "true")
    # The box is this machine: what is at our end of a session has the same words.
    pattern = re.compile("^(?!ssh ).*while IFS= read")
    found, ours = listing(there), set[int]()

    def is_waiting() -> bool:
        nonlocal found, ours
        found = listing(there)
        (parent,) = [process.parent for process in found.processes if process.pid == found.own]
        # Those of other tests are of other connections.
        ours = {p.pid for p in found.processes if pattern.search(p.command) and p.parent == parent}
        return len(ours) > 1

    until(is_waiting)
    assert not ours & {process.pid for process in select(found, pattern)}
    assert not ours & {process.pid for process in hosts(found, pattern)}
    assert ours - {found.own} <= {process.pid for process in protected(found, pattern)}


def test_a_box_that_allows_one_session_is_asked_for_a_second_one_once(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Resting] = []

    class Counted(Resting):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            opened.append(self)

    monkeypatch.setattr(spare, "Resting", Counted)
    with Sshd(tmp_path / "strict", extra="MaxSessions 1\n") as strict:
        lets_in(strict, person)
        person.adds_alias("strict", strict.port, strict.user)
        (person.ssh / "known_hosts").write_text(f"strict-1 {strict.host_key_line}\n")
        with boxes(Context(Config(lazy=True)), "strict-1")[0] as there:
            far(there)
            for number in range(4):
                assert shell.run(there, 'echo "$1"', str(number)).stdout == f"{number}\n"
        log = strict.log.read_text()

    assert len(opened) == 2
    # One that has ended may count a moment longer, and then the next is refused, and asked for again.
    assert log.count("no more sessions") >= 1
    assert log.count("Accepted publickey") == 1


def test_the_next_is_asked_for_before_the_first_stands_and_taken_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request tells the box what has arrived, which else would wait for that."""
    begun: list[Any] = []

    class Slow:
        has_begun, is_running = False, True

        def __init__(self, *_: object) -> None:
            begun.append(self)

        def feed(self, data: bytes, *, last: bool) -> None:
            assert (data, last) == (b"\n", False)

        def begins_within(self, seconds: float) -> bool:
            self.has_begun = seconds > 1
            return self.has_begun

    monkeypatch.setattr(spare, "Resting", Slow)
    waiting = spare.Spare(partial(Spawned, [], {}), "")
    waiting.begin()
    assert not waiting.stands_within(0.1)
    waiting.begin(2)
    first = waiting.take()
    waiting.begin(1)

    assert first is begun[0]
    assert len(begun) == 2
