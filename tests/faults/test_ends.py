"""A copy that is ended in the phases where most waits on most: nothing of it is left, here or on the box."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.ends import PHASES, ended

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

# Two seconds on a machine that has time, as `python -m benchmarks.ends` measures; here others want it too. Before, it
# was 40 s and more.
LONGEST_S = 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: str(number.name))
@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("rsync, 1 stream", "planning, never answered"),
        ("rsync, 1 stream", "planning, flooded"),
        ("rsync, 3 streams", "planning, never answered"),
        ("sftp", "hashing a partial"),
        ("sftp", "copying, slowly"),
    ],
)
def test_nothing_is_left_of_a_copy_that_is_ended(way: str, name: str, number: signal.Signals) -> None:
    """What never looks up on the box outlives SIGKILL there, as behind any `ssh`; the rest does not."""
    (phase,) = [phase for phase in PHASES if (phase.way, phase.name) == (way, name)]

    seen = ended(phase, number, LONGEST_S)

    assert seen.here_s < LONGEST_S, seen.left
    if number != signal.SIGKILL:
        assert seen.there_s < LONGEST_S, seen.left


def pulls(person: Person, *words: str, env: dict[str, str] | None = None) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ckpt/", "--to=here/", *words, env=env)


@pytest.fixture
def source(box: Sshd) -> Path:
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "x").write_text("x" * 1000)
    return box.home / "ckpt"


def in_place_of_rsync(directory: Path, when: str, what: str) -> dict[str, str]:
    """Return an environment in which rsync does something else when its words fit."""
    (directory / "bin").mkdir()
    rsync = directory / "bin" / "rsync"
    rsync.write_text(f'#!/bin/sh\ncase "$*" in {when}) {what} ;; esac\nexec {shutil.which("rsync")} "$@"\n')
    rsync.chmod(0o755)
    return {"PATH": f"{rsync.parent}:{os.environ['PATH']}"}


def on_the_box(box: Sshd, environment: dict[str, str]) -> None:
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={environment['PATH']}:", 1))


def test_an_rsync_that_ends_without_a_word_is_no_link_that_broke(
    source: Path, box: Sshd, person: Person, tmp_path: Path
) -> None:
    on_the_box(box, in_place_of_rsync(tmp_path, "*--server*", "exit 0"))

    said = pulls(person)

    assert said.exit_code == 20, said.stderr
    assert "without a word" in said.stderr
    assert "attempt 2" not in said.stderr


def test_a_plan_has_the_same_limit_of_silence_as_a_copy(
    source: Path, box: Sshd, person: Person, tmp_path: Path
) -> None:
    on_the_box(box, in_place_of_rsync(tmp_path, "*--server*", "exec sleep 1000"))
    (person.home / "fabric.yaml").write_text("transfer: {keepalive_s: 1, keepalive_misses: 1}\n")

    said = pulls(person, "--attempts=1")

    assert said.exit_code == 15, said.stderr
    assert "timeout" in said.stderr


def test_a_sender_that_does_not_stop_where_it_said_is_cut_off(
    source: Path, box: Sshd, person: Person, tmp_path: Path
) -> None:
    """As our own rsync tells it."""
    tells = "while :; do printf '\\r  300000000 30000000%%  100MB/s  0:00:01'; sleep 0.1; done"
    env = in_place_of_rsync(tmp_path, "*progress2*", tells)

    said = pulls(person, env=env)

    assert said.exit_code == 25, said.stderr
    assert "sends more than it announced" in said.stderr
