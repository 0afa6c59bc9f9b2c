"""Temporary directories go with who made them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssh_transport.temporary import PrivateDirectory
from tests.support.processes import until

_MAKES_ONE = """
from ssh_transport.temporary import PrivateDirectory
with PrivateDirectory() as made:
    (made.path / "a").mkdir()
    (made.path / "a" / "file").write_text("x")
    print(made.path, flush=True)
    input()
"""


@pytest.mark.parametrize("struck", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_it_goes_when_the_program_ends_however_it_ends(struck: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _MAKES_ONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout
        assert program.stdin
        path = Path(program.stdout.readline().rstrip())
        assert (path / "a" / "file").exists()
        if struck:
            program.send_signal(struck)
        else:
            program.stdin.write("\n")
            program.stdin.flush()
        program.wait()
        until(lambda: not path.exists())


def test_it_is_the_users_alone_and_leaves_no_program_behind() -> None:
    with PrivateDirectory() as made:
        mode = made.path.stat().st_mode & 0o777
        path = made.path
        kept = _programs_with(path)
    made.close()

    assert mode == 0o700
    assert len(kept) == 1
    assert not path.exists()
    assert _programs_with(path) == []


def _programs_with(path: Path) -> list[str]:
    said = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if str(path) in line]


def test_a_signal_to_all_of_us_takes_it_from_nobody_who_still_ends() -> None:
    """A signal that is ignored is gone as soon as it is sent; one that a shell has a trap for ends its `read`."""
    with PrivateDirectory() as made:
        keeper = made._keeper.pid
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            until(lambda mask=1 << number - 1: _ignored(keeper) & mask)  # type: ignore[misc]
            os.kill(keeper, number)
        assert made.path.exists()


def _ignored(pid: int) -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["SigIgn"], 16)
