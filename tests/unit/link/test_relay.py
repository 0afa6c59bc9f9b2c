"""What stands between rsync and a session: a shell of this machine plays the box, another program plays rsync."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box import script
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.carrier.resting import Resting
from ssh_transport.link.meter import Meter
from ssh_transport.link.relay import Relay
from ssh_transport.link.session import opened
from tests.support.processes import until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DATA = bytes(range(256)) * 4096
# A command that ends by itself, as rsync's other end does: rsync never ends what it sends before that.
TAKES_ALL = ("head", "-c", str(len(DATA)))
NOISE = "echo Welcome; "
# Whether a shell was opened beforehand, whose start took its time then.
waits_or_not = pytest.mark.parametrize("waits", [False, True])


class Carrier:
    """Starts shells; of the first kind, none if it is told to refuse; one of them beforehand, if it is told to."""

    def __init__(self, *, refuses: bool = False, before: str = "", waits: bool = False) -> None:
        self.refuses, self.before = refuses, before
        self.started: list[str] = []
        self._waiting = Resting(partial(self.over_login, script.LINE), None) if waits else None

    def waiting(self, line: str) -> Resting | None:
        assert line == script.LINE
        return self._waiting

    def over_login(self, line: str, *, stdin: int) -> Spawned:
        self.started.append("over")
        refusal = "echo 'session request failed: no more' >&2; exit 255"
        return self._shell(refusal if self.refuses else self.before + line, stdin)

    def by_ssh(self, line: str, *, stdin: int) -> Spawned:
        self.started.append("ssh")
        return self._shell(line, stdin)

    @staticmethod
    def _shell(line: str, stdin: int) -> Spawned:
        return Spawned(["sh", "-c", line], os.environ, stdin=stdin)


def relayed(carrier: Carrier, command: Sequence[str], data: bytes) -> tuple[bytes, Meter, str]:
    """Run a remote shell as rsync does, with a command; return what it said, and what is known of it."""
    there: Any = carrier
    meter = Meter()
    with meter.reading(), Relay(opened(there), meter) as relay:
        argv = [*relay.words, "-l", "you", "box", *command]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=relay.fds) as remote:
            relay.begin()
            said, _ = remote.communicate(data)
        return said, meter, relay.stderr


@waits_or_not
def test_every_byte_comes_through_and_is_counted(*, waits: bool) -> None:
    said, meter, stderr = relayed(Carrier(before=NOISE, waits=waits), TAKES_ALL, DATA)

    assert (said, stderr) == (DATA, "")
    assert meter.ended == 0
    assert meter.wire_bytes > 2 * len(DATA)


def test_the_words_of_rsync_arrive_as_they_were() -> None:
    """As with `ssh`, it is the box's shell that takes them apart."""
    said, _, _ = relayed(Carrier(), ["printf", "%s,", r"a\\b", "'two  words'", "'$HOME'", "'line\nbreak'"], b"")

    assert said.decode() == "a\\b,two  words,$HOME,line\nbreak,"


@waits_or_not
def test_how_the_command_ended_is_known_once_rsync_hears_of_its_end(*, waits: bool) -> None:
    said, meter, stderr = relayed(Carrier(waits=waits), ["sh", "-c", "'echo why >&2; exit 77'"], b"")

    assert (said, meter.ended, stderr) == (b"", 77, "why")


def test_where_the_login_allows_for_no_more_sessions_another_is_made() -> None:
    carrier = Carrier(refuses=True)

    assert relayed(carrier, TAKES_ALL, DATA)[0] == DATA
    assert carrier.started == ["over", "ssh"]


@waits_or_not
def test_what_is_no_shell_is_told_with_what_it_said(*, waits: bool) -> None:
    said, meter, stderr = relayed(Carrier(before="echo no shell for you; exit 1; ", waits=waits), TAKES_ALL, b"")

    assert (said, meter.ended, stderr) == (b"", 1, "no shell for you")


def test_without_files_for_descriptors_it_carries_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is in a chroot without /proc."""
    monkeypatch.setattr("ssh_transport.link.relay._DESCRIPTORS", tmp_path / "none")

    assert relayed(Carrier(), TAKES_ALL, DATA)[0] == DATA


def test_an_rsync_that_ends_before_it_says_a_word_ends_all(capfd: pytest.CaptureFixture[str]) -> None:
    there: Any = Carrier()
    meter = Meter()
    with meter.reading(), Relay(opened(there), meter) as relay:
        subprocess.run(["true"], pass_fds=relay.fds, check=True)
        relay.begin()
        until(lambda: meter.ended is not None)

    assert "Traceback" not in capfd.readouterr().err


@waits_or_not
def test_rsync_hears_when_nobody_takes_what_it_sends(*, waits: bool) -> None:
    """Else it would wait for ever to send the rest."""
    said, meter, _ = relayed(Carrier(waits=waits), ["head", "-c", "1"], 16 * DATA)

    assert (said, meter.ended) == (DATA[:1], 0)


@waits_or_not
def test_leaving_it_ends_a_session_that_takes_nothing_and_says_nothing(*, waits: bool) -> None:
    carrier: Any = Carrier(before="exec sleep 1000; ", waits=waits)
    meter = Meter()
    with meter.reading(), Relay(opened(carrier), meter) as relay:
        argv = [*relay.words, "-l", "you", "box", "cat"]
        remote = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=relay.fds)
        relay.begin()
        until(partial(bool, carrier.started))
    with remote:
        assert remote.communicate(timeout=30)[0] == b""
