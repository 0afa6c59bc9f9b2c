"""A copy by way of a relay that was stopped goes on where it was, and leaves nothing in the bucket at its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from ssh_transport.bucket.parts import part_bytes_of
from ssh_transport.bucket.worker.aes import TAG_BYTES

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.bucket import Bucket
    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

PARTS = 8
DATA_BYTES = PARTS << 20
PART_BYTES = part_bytes_of(DATA_BYTES)
# So that a copy takes longer than it takes to stop it.
RATE_BYTES_S = 4_000_000
POLL_S = 0.01


def ends(person: Person, box: Sshd, task: str) -> tuple[Path, Path]:
    """Return the homes of source and target, with data at the first."""
    source, target = (person.home, box.home) if task == "push" else (box.home, person.home)
    (source / "data").write_bytes(os.urandom(DATA_BYTES))
    return source, target


def words(task: str, *, alias: str = "proj-1", to: str = "to/") -> tuple[str, ...]:
    return "-H", alias, f"transfer.{task}", "--path=data", f"--to={to}", "--via=lab", "--json"


def through(person: Person, bucket: Bucket, link: Link, *, attempts: int = 1) -> None:
    """Lead the person and the boxes to the bucket by a link."""
    settings = bucket.settings.replace(str(bucket.port), str(link.port))
    (person.home / "fabric.yaml").write_text(f"transfer: {{attempts: {attempts}}}\n{settings}")


def started(person: Person, bucket: Bucket, *typed: str) -> subprocess.Popen[str]:
    """Start a copy; return it once one of its parts is stored."""
    running = person.starts("fab", *typed, env=bucket.environment)
    while PART_BYTES + TAG_BYTES not in bucket.sizes:
        assert running.poll() is None, running.communicate()
        time.sleep(POLL_S)
    return running


def stopped(person: Person, bucket: Bucket, how: signal.Signals, *typed: str) -> str:
    """Stop a copy by a signal once one of its parts is stored; return what it said."""
    settings = (person.home / "fabric.yaml").read_text()
    with Link(bucket.port, rate_bytes_s=RATE_BYTES_S) as link:
        through(person, bucket, link)
        running = started(person, bucket, *typed)
        running.send_signal(how)
        said = running.communicate()[1]
    (person.home / "fabric.yaml").write_text(settings)
    return said


def goes_on(person: Person, bucket: Bucket, *typed: str) -> Said:
    """Copy again to the end, after which no part is left in the bucket; return what was said."""
    again = person.types("fab", *typed, env=bucket.environment)
    assert again.exit_code == 0, again.stderr
    assert bucket.objects == []
    return again


@pytest.mark.parametrize(("task", "how"), [("push", signal.SIGINT), ("pull", signal.SIGKILL)])
def test_after_a_kill_the_next_run_goes_on(
    person: Person, box: Sshd, bucket: Bucket, task: str, how: signal.Signals
) -> None:
    source, target = ends(person, box, task)
    said = stopped(person, bucket, how, *words(task))
    assert ("kept in the relay for the next run: " in said) == (how is signal.SIGINT)
    assert not (target / "to" / "data").exists()

    again = goes_on(person, bucket, *words(task))

    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()
    assert again.json["via"]["up_bytes"] < DATA_BYTES
    assert [path.name for path in (target / "to").iterdir()] == ["data"]


@pytest.mark.parametrize("task", ["push", "pull"])
def test_parts_of_a_run_that_was_killed_when_all_was_there_go_too(
    person: Person, box: Sshd, bucket: Bucket, task: str
) -> None:
    source, target = ends(person, box, task)
    stopped(person, bucket, signal.SIGKILL, *words(task))
    (target / "to" / "data").unlink(missing_ok=True)
    shutil.copy2(source / "data", target / "to" / "data")
    assert bucket.objects

    assert goes_on(person, bucket, *words(task)).json["via"] is None


@pytest.mark.parametrize("task", ["push", "pull"])
def test_a_part_that_is_there_with_other_content_is_stored_again(
    person: Person, box: Sshd, bucket: Bucket, task: str
) -> None:
    source, target = ends(person, box, task)
    stopped(person, bucket, signal.SIGKILL, *words(task))
    shutil.rmtree(target / "to" / ".relay-partial", ignore_errors=True)
    for path in bucket.objects:
        path.write_bytes(bytes(path.stat().st_size))

    again = goes_on(person, bucket, *words(task))

    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()
    assert again.json["via"]["up_bytes"] >= PART_BYTES


@pytest.mark.parametrize("task", ["push", "pull"])
def test_a_cut_costs_no_more_than_what_it_cut(person: Person, box: Sshd, bucket: Bucket, task: str) -> None:
    source, target = ends(person, box, task)
    with Link(bucket.port) as link:
        through(person, bucket, link)
        link.cut_at(5 * PART_BYTES)

        goes_on(person, bucket, *words(task))

    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()


def test_a_link_to_the_box_that_breaks_is_healed(person: Person, box: Sshd, bucket: Bucket) -> None:
    source, target = ends(person, box, "push")
    with Link(box.port) as link, Link(bucket.port, rate_bytes_s=RATE_BYTES_S) as slow:
        through(person, bucket, slow, attempts=3)
        person.adds_alias("cut-1", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"cut-1 {box.host_key_line}\n")
        running = started(person, bucket, *words("push", alias="cut-1"))
        link.cut()
        said = running.communicate()

    assert running.returncode == 0, said
    assert "attempt 2 in" in said[1]
    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()
    assert bucket.objects == []


@pytest.mark.parametrize("end", ["well", "killed"])
def test_of_two_that_push_the_same_side_by_side_the_last_takes_the_parts_away(
    person: Person, box: Sshd, bucket: Bucket, end: str
) -> None:
    """What the first to end has stored is there for the other, and nothing is left when both are done."""
    source, target = ends(person, box, "push")
    settings = (person.home / "fabric.yaml").read_text()
    with Link(bucket.port, rate_bytes_s=RATE_BYTES_S) as link:
        through(person, bucket, link)
        first = started(person, bucket, *words("push"))
        first.send_signal(signal.SIGSTOP)
        (person.home / "fabric.yaml").write_text(settings.replace("127.0.0.1", "localhost"))
        beside = person.types("fab", *words("push", to="beside/"), env=bucket.environment)
        listed = person.types("fab", "transfer.relay", "lab", "--clean", "--json", env=bucket.environment)
        between = len(bucket.objects)
        first.send_signal(signal.SIGKILL if end == "killed" else signal.SIGCONT)
        said = first.communicate()

    assert beside.exit_code == 0, beside.stderr
    assert (target / "beside" / "data").read_bytes() == (source / "data").read_bytes()
    assert between == PARTS
    assert listed.json["copies"] == []
    if end == "killed":
        assert goes_on(person, bucket, *words("push")).json["via"]["up_bytes"] == 0
    else:
        assert first.returncode == 0, said
        assert json.loads(said[0])["ok"]
    assert (target / "to" / "data").read_bytes() == (source / "data").read_bytes()
    assert bucket.objects == []
