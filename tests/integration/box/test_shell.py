"""What a box says to a command is bounded in time and in size."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import piped, shell
from ssh_transport.box.stream import stream
from ssh_transport.errors import CommandFailed, LinkLost
from tests.support.clock import on_this_machine

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from tests.support.sshd import Sshd

LONGEST_S = 15


def test_both_streams_arrive_whole(there: Box) -> None:
    said = shell.run(there, 'seq 200000; printf "%s" "$1" >&2; exit 3', "é", check=False)

    assert (said.stdout, said.stderr, said.exit_code) == ("".join(f"{n}\n" for n in range(1, 200_001)), "é", 3)


def test_an_answer_without_end_is_ended(there: Box) -> None:
    begun_s = time.monotonic()

    with pytest.raises(CommandFailed, match="says more"):
        shell.run(there, "exec yes", limit_bytes=1 << 20)

    assert time.monotonic() - begun_s < on_this_machine(LONGEST_S)


def test_what_a_login_script_complains_of_is_no_reason(there: Box, box: Sshd) -> None:
    """Whichever way a command is run, the class of its error follows from its own words."""
    forced = box.home.parent / "forced_command"
    forced.write_text('#!/bin/sh\necho "touch: x: Permission denied" >&2\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n')
    forced.chmod(0o755)
    script = "echo it is too late >&2; exit 3"

    with pytest.raises(CommandFailed) as one:
        shell.run(there, script)
    with pytest.raises(CommandFailed) as other:
        list(stream(there, script, silence_s=20))
    with pytest.raises(CommandFailed) as third:
        piped.run(there, script, limit_bytes=100, silence_s=20, timeout_s=20)

    assert {seen.value.cause.strip() for seen in (one, other, third)} == {"it is too late"}


def test_a_login_that_takes_no_more_sessions_stands_no_longer(there: Box) -> None:
    """Its socket goes first, and its process a moment later: what was cut meanwhile must not find it alive."""
    shell.run(there, "true")
    assert there.is_connected
    assert there.last_words == ""

    Path(there.carrier.call[there.carrier.call.index("-o") + 1].removeprefix("ControlPath=")).unlink()

    assert not there.is_connected
    with pytest.raises(LinkLost):
        shell.run(there, "true")
    there.open_if_lost()
    shell.run(there, "true")
