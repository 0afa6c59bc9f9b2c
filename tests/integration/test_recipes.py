"""The recipes of docs/runbooks.md, as they are printed there, on five boxes of which one is gone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

PAGE = Path(__file__).parents[2] / "docs" / "runbooks.md"
CRON = re.compile(r"^(?:[\d*]+ ){5}", re.MULTILINE)
DEAD = "proj-3"


def recipe(title: str) -> list[str]:
    """Return the command lines below a heading, without prompt and without the times of cron."""
    text = PAGE.read_text(encoding="utf-8").partition(f"### {title}\n")[2]
    fence = text.partition("```console\n")[2].partition("```")[0]
    return [CRON.sub("", line.removeprefix("$ ")) for line in fence.splitlines()]


@pytest.fixture(autouse=True)
def _patience(box: Sshd, person: Person) -> None:
    (person.home / "fabric.yaml").write_text("transfer: {attempts: 1}\n")


def four_more(person: Person, box: Sshd, *, alive: bool = True) -> None:
    """Give the box four more names, of which one leads to where nothing listens, or all."""
    names = [f"proj-{number}" for number in range(2, 6)]
    for name in names:
        person.adds_alias(name, box.port if alive and name != DEAD else 1, box.user)
    known_hosts = person.ssh / "known_hosts"
    known_hosts.write_text(known_hosts.read_text() + "".join(f"{name} {box.host_key_line}\n" for name in names))


def types(person: Person, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Let a shell read the line, as cron does."""
    path = f"{Path(sys.executable).parent}:{person.environment['PATH']}"
    environment = person.environment | {"PATH": path, "HOME": str(person.home)} | variables
    return subprocess.run(
        ["sh", "-c", line],
        cwd=person.home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_every_night_fetches_what_is_there_and_mails_what_is_not(box: Sshd, person: Person) -> None:
    four_more(person, box)
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "w").write_text("weights")
    (person.home / "runs").mkdir()
    (person.home / "runs" / "fabfile.py").write_text("from ssh_transport.tasks import ns\n")
    (line,) = recipe("Every night, fetch what is new and prove it")

    first, second = (types(person, line.replace("proj-2", DEAD)) for _ in range(2))

    assert first.returncode == second.returncode == 11
    assert (person.home / "runs" / "proj-1" / "w").read_text() == "weights"
    assert f"error: could not connect to `{DEAD}`" in first.stderr
    assert "proj-1:ckpt/ ->" not in first.stderr
    assert "proj-1:ckpt/ ->" in (person.home / "runs" / "nightly.log").read_text()


def test_code_is_brought_to_five_boxes_and_started_where_it_arrived(box: Sshd, person: Person) -> None:
    # Two names of one box would start it twice there.
    four_more(person, box, alive=False)
    (person.home / "src").mkdir()
    (person.home / "src" / "own.sh").write_text("sleep 30\n")
    lines = recipe("Bring code to five boxes, and start it anew where it arrived")
    # Boxes of tests are one machine: that of a page beside this one runs, and stops, the name of the recipe.
    first, again = (line.replace("run\\.sh", "own\\.sh").replace("run.sh", "own.sh") for line in lines)

    try:
        done = types(person, first)
        repeated = types(person, again)
    finally:
        stopped = types(person, "fab -H proj-1 hygiene.stop 'src/own\\.sh' --grace=0")

    assert stopped.returncode == 0, stopped.stderr
    assert done.returncode == 11, done.stderr
    assert f"{DEAD}: not run: hygiene.relaunch" in done.stderr
    assert (box.home / "work" / "src" / "own.sh").read_text() == "sleep 30\n"
    assert "started `src-own-sh` by tmux" in done.stdout
    assert repeated.returncode == 11
    assert "proj-1" not in repeated.stdout + repeated.stderr


def test_a_token_is_rotated_on_all_that_answer(box: Sshd, person: Person) -> None:
    four_more(person, box)
    (line,) = recipe("Rotate a token")

    done = types(person, line.replace(" secrets.verify wandb", ""), WANDB_API_KEY="c4n4ry")

    assert done.returncode == 11, done.stderr
    assert "c4n4ry" in (box.home / ".netrc").read_text()
    assert "c4n4ry" not in done.stdout + done.stderr
