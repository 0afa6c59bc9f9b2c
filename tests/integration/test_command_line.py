"""A chain over several boxes: who failed drops out, the others go on; and what is said where."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.link import Link

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

DEAD = "proj-2"


@pytest.fixture(autouse=True)
def _dead_box(box: Sshd, person: Person) -> None:
    person.adds_alias(DEAD, 1)
    (box.home / "ck").mkdir()
    (box.home / "ck" / "w").write_text("weights")


def test_without_a_word_the_chain_stops_at_the_first_failure(person: Person) -> None:
    said = person.types("fab", "-H", "proj-1,proj-2", "keys.check", "transfer.pull", "--path=ck", "--to={box}/")

    assert said.exit_code == 11
    assert not (person.home / "proj-1").exists()


@pytest.mark.parametrize("where", ["before", "behind"])
def test_who_failed_drops_out_and_the_others_go_through_all(where: str, person: Person) -> None:
    chain = ["keys.check", "transfer.pull", "--path=ck", "--to={box}/", "keys.list"]
    words = ["--keep-going", *chain] if where == "before" else [*chain, "--keep-going"]

    said = person.types("fab", "-H", "proj-1,proj-2", *words)

    assert said.exit_code == 11, said.stderr
    assert (person.home / "proj-1" / "ck" / "w").read_text() == "weights"
    assert "proj-2: not run: transfer.pull, keys.list" in said.stderr
    assert said.stderr.count("Connection refused") == 1
    assert "SHA256:" in said.stdout


def test_the_document_says_what_was_not_run_where(person: Person) -> None:
    chain = ("keys.check", "keys.list", "--json", "--keep-going")
    document = person.types("fab", "-H", "proj-1,proj-2", *chain).document

    check, listing = document["tasks"]
    assert [check["boxes"][name]["ok"] for name in ("proj-1", DEAD)] == [True, False]
    assert listing["boxes"]["proj-1"]["ok"]
    assert listing["not_run"] == [DEAD]
    assert document["not_run"] == []


def test_where_all_have_failed_nothing_more_is_tried(person: Person) -> None:
    said = person.types("fab", "-H", DEAD, "keys.check", "keys.list", "--keep-going")

    assert said.exit_code == 11
    assert "proj-2: not run: keys.list" in said.stderr
    assert said.stderr.count("Connection refused") == 1


def test_failed_names_the_boxes_of_the_last_line_that_failed(box: Sshd, person: Person) -> None:
    person.types("fab", "-H", "proj-1,proj-2", "keys.check")
    (person.ssh / "config").write_text((person.ssh / "config").read_text().replace("Port 1\n", f"Port {box.port}\n"))

    again = person.types("inv", "keys.check", "--on=@failed")
    person.types("fab", "-H", "proj-1,proj-2", "keys.check")
    after = person.types("inv", "keys.check", "--on=@failed")

    assert again.exit_code == 0, again.stderr
    assert "proj-1" not in again.stdout
    assert after.exit_code == 3
    assert "`@failed` names no box" in after.stderr


GROUPS = """
from invoke import task
from ssh_transport.tasks import ns

@task
def where(c):
    print("at", c.original_host)

ns.add_task(where)
"""


def test_a_group_names_the_boxes_of_our_tasks_and_of_a_teams_own(person: Person) -> None:
    (person.home / "fabfile.py").write_text(GROUPS)
    (person.home / "fabric.yaml").write_text('groups: {all-of-it: ["proj-*"], alive: ["@all-of-it", "!proj-2"]}\n')

    ours = person.types("fab", "-H", "@alive", "keys.check")
    theirs = person.types("fab", "-H", "@all-of-it", "where")
    slip = person.types("fab", "-H", "@alife", "where")

    assert ours.exit_code == 0, ours.stderr
    assert theirs.stdout.split() == ["at", "proj-1", "at", DEAD]
    assert (slip.exit_code, slip.stdout) == (3, "")
    assert "did you mean @alive?" in slip.stderr


def test_quiet_leaves_errors_warnings_and_results(person: Person) -> None:
    loud = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/")
    quiet = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--quiet")
    failed = person.types("fab", "-H", DEAD, "keys.check", "--quiet")

    assert "proj-1:ck/ ->" in loud.stderr
    assert "proj-1:ck/ ->" not in quiet.stderr
    assert "proj-1:ck/ ->" in quiet.stdout
    assert failed.stderr.startswith("error: could not connect to `proj-2`")


def test_a_log_file_has_all_talk_and_results_and_is_ours_alone(person: Person) -> None:
    for _ in range(2):
        person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--quiet", "--log-file=log")

    log = person.home / "log"
    assert log.read_text().count("proj-1:ck/ ->") == 4
    assert log.stat().st_mode & 0o777 == 0o600


def test_who_comes_second_is_told_since_when_or_waits(box: Sshd, person: Person) -> None:
    # Zeros would be packed, and there at once.
    (box.home / "ck" / "large").write_bytes(os.urandom(8 << 20))
    with Link(box.port, rate_bytes_s=2 << 20) as link:
        person.adds_alias("far-1", link.port, box.user)
        with (person.ssh / "known_hosts").open("a") as known_hosts:
            known_hosts.write(f"far-1 {box.host_key_line}\n")
        words = ("-H", "far-1", "transfer.pull", "--path=ck/", "--to=to/")
        with person.starts("fab", *words) as first:
            assert first.stderr
            # It has planned, so that it holds the lock.
            first.stderr.readline()
            refused = person.types("fab", *words)
            waited = person.types("fab", *words, "--wait-for-lock")

    assert refused.exit_code == 32
    assert "cause: for " in refused.stderr
    assert waited.exit_code == first.returncode == 0


def test_a_dry_run_of_invoke_s_is_one_of_ours(box: Sshd, person: Person) -> None:
    """`-R` used to be taken for no word at all: it killed."""
    with subprocess.Popen(["sleep", "98765"]) as sleeping:
        stopped = person.types("fab", "-R", "-H", "proj-1", "hygiene.stop", "sleep 98765")
        pulled = person.types("inv", "-R", "transfer.pull", "--on=proj-1", "--path=ck", "keys.check", "--on=proj-1")
        is_alive = sleeping.poll() is None
        sleeping.kill()

    assert (stopped.exit_code, pulled.exit_code) == (0, 0), stopped.stderr + pulled.stderr
    assert is_alive
    assert not (person.home / "proj-1").exists()


def test_what_has_no_dry_run_says_so_and_does_nothing(person: Person) -> None:
    said = person.types("inv", "--dry", "keys.generate", "--path=new")

    assert said.exit_code == 2
    assert "keys.generate has no dry run" in said.stderr
    assert not (person.home / "new").exists()


@pytest.mark.parametrize("words", [["-t", "flags"], ["--connect-timeout=flags"]])
def test_a_flag_of_the_program_that_wants_a_number_is_named(words: list[str], person: Person) -> None:
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "/ckpt", *words)

    assert said.exit_code == 2
    assert f"`{words[0].partition('=')[0]}` wants a number" in said.stderr
