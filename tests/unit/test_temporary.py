"""Temporary directories go with who made them."""

from __future__ import annotations

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
