"""Leaving a box: it stops where something would be lost, and takes away nothing before it knows."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import boxes
from ssh_transport.errors import Incomplete
from ssh_transport.leave.remaining import remaining_on
from ssh_transport.platforms import profiles
from tests.support.leaving import leaves, own_profile, pulled
from tests.support.tokens import API_KEY, HF_TOKEN, PRIVATE_KEY
from tests.support.tools import only_has
from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture(autouse=True)
def _known_disks(person: Person) -> Iterator[None]:
    """Keep to the home of the box: all its other disks are those of this machine."""
    own_profile(person, "everywhere = false")
    yield
    profiles.all_profiles.cache_clear()


def state(box: Sshd, person: Person) -> dict[str, bytes]:
    """Return every file of the box, and what this machine knows of it."""
    places = [*(path for path in box.home.rglob("*") if path.is_file()), *person.ssh.iterdir()]
    return {str(path): path.read_bytes() for path in places}


def test_a_box_is_left_when_all_is_here_and_nothing_of_ours_stays_there(box: Sshd, person: Person) -> None:
    pulled(box, person)
    sent = person.types("fab", "-H", "proj-1", "secrets.push", "wandb", stdin="c4n4ry\n")
    assert sent.exit_code == 0, sent.stderr
    before = state(box, person)

    would = leaves(person, "--revoke-key", "--dry-run")
    assert would.exit_code == 0, would.stderr
    assert state(box, person) == before

    said = leaves(person, "--revoke-key")

    assert said.exit_code == 0, said.stderr
    assert said.stdout == "proj-1 can be given back; do that in the platform's console\n"
    assert [line.split(":")[0] for line in said.stderr.splitlines() if line.startswith("[x]")] == [
        "[x] nothing runs",
        "[x] received",
        "[x] nothing else there",
        "[x] no other secret there",
        "[x] secrets forgotten",
        "[x] key revoked",
        "[x] alias and host key forgotten here",
    ]
    assert not (box.home / ".netrc").exists()
    assert person.makes_key().split()[1] not in (box.home / ".ssh" / "authorized_keys").read_text()
    assert "proj-1" not in (person.ssh / "config").read_text()
    assert "proj-1" not in (person.ssh / "known_hosts").read_text()
    assert (box.home / "runs" / "ckpt" / "weights").exists()
    assert (person.home / "proj-1" / "ckpt" / "weights").exists()


def test_a_box_is_not_given_back_while_a_secret_is_left_that_is_not_forgotten_with_ours(
    box: Sshd, person: Person
) -> None:
    """It is named with what removes it, in a dry run as well; those that were pushed are in nobody's way."""
    pulled(box, person)
    assert person.types("fab", "-H", "proj-1", "secrets.push", "mine", stdin="c4n4ry\n").exit_code == 0
    tokens = {
        ".bash_history": f"ls\nexport HF_TOKEN={HF_TOKEN}\n",
        ".config/gh/hosts.yml": f"github.com:\n  oauth_token: {API_KEY}\n",
        ".cache/huggingface/stored_tokens": f"[default]\nhf_token = {HF_TOKEN}\n",
        ".ssh/id_work": PRIVATE_KEY,
    }
    for path, text in tokens.items():
        (box.home / path).parent.mkdir(parents=True, exist_ok=True)
        (box.home / path).write_text(text)
        (box.home / path).chmod(0o600)
    before = state(box, person)

    for words in (("--dry-run",), ("--abandon=*", "--abandon=~")):
        said = leaves(person, *words)
        assert said.exit_code == 26
        assert "secrets would be left there; nothing was changed" in said.stderr
        assert not [path for path in tokens if f"{box.home}/{path}" not in said.stderr]
        assert not [value for value in (HF_TOKEN, API_KEY) if value in said.stderr + said.stdout]
        assert ".mine_key" not in said.stderr
        assert state(box, person) == before

    for line in said.stderr.splitlines():
        if "; ssh proj-1 " in line:
            subprocess.run(["sh", "-c", shlex.split(line.partition("; ")[2])[-1]], check=True)
    assert leaves(person, "--abandon=*").exit_code == 0


def test_it_stops_before_anything_is_changed_where_something_would_be_lost(box: Sshd, person: Person) -> None:
    pulled(box, person, "--to=here/renamed")
    secret = person.types("fab", "-H", "proj-1", "secrets.push", "mine", stdin="c4n4ry\n")
    assert secret.exit_code == 0, secret.stderr
    (box.home / "runs" / "ckpt" / "newer").write_text("after the receipt")
    (box.home / "runs" / "logs").mkdir()
    (box.home / "runs" / "logs" / "out \x1b[2J").write_text("never pulled")
    (box.home / "notes.txt").write_text("never pulled")
    (box.home / "empty").mkdir()
    (box.home / ".cache").mkdir()
    (box.home / ".cache" / "x").write_text("a program's own")
    before = state(box, person)

    said = leaves(person, "--revoke-key")

    assert said.exit_code == 26
    assert "3 things would be lost; nothing was changed" in said.stderr
    assert "[ ] received: NOT safe to destroy proj-1" in said.stderr
    assert f"{box.home}/runs/logs: 1 file" in said.stderr
    assert f"{box.home}/notes.txt: 1 file" in said.stderr
    assert "empty" not in said.stderr
    assert state(box, person) == before

    abandoned = leaves(person, "--abandon=notes.*", "--abandon", f"{box.home}/runs/l*", "--dry-run", "--json")
    assert "1 thing would be lost" in abandoned.stderr, abandoned.stderr

    (box.home / "runs" / "ckpt" / "newer").unlink()
    at_last = leaves(person, "--abandon=notes.*", "--abandon", f"{box.home}/runs/l*", "--json")
    assert at_last.exit_code == 0, at_last.stderr
    assert [step["ok"] for step in at_last.json["steps"]] == [True] * 6
    assert not (box.home / ".mine_key").exists()
    assert person.makes_key().split()[1] in (box.home / ".ssh" / "authorized_keys").read_text()


def test_a_receipt_that_is_damaged_or_of_another_box_does_not_count(box: Sshd, person: Person, tmp_path: Path) -> None:
    pulled(box, person)
    [receipt] = (person.home / "proj-1").glob("ckpt.*.receipt.json")
    other = json.loads(receipt.read_text()) | {"host_key": "SHA256:another"}
    receipt.write_text(json.dumps(other))
    (person.home / "x.receipt.json").write_text("{}")

    said = leaves(person)

    assert said.exit_code == 26
    assert "x.receipt.json is no valid receipt" in said.stderr
    assert f"{box.home}/runs: 1 file" in said.stderr
    shutil.rmtree(box.home / "runs")
    assert leaves(person, "--dry-run").exit_code == 0


def left(box: Sshd, person: Person, covered: list[str]) -> list[str]:
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as there:
        return [one.path.removeprefix(f"{box.home}/") for one in remaining_on(there, covered).remaining]


def test_what_is_left_is_found_behind_links_in_places_that_can_not_be_looked_into_and_under_any_name(
    box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(person.home))
    own_profile(person, "everywhere = false", f'scratch = "{box.home}/scratch"')
    for name in ("data/in", "data/out", "scratch/a", "scratch/b", "odd\nname", ".cache/x"):
        (box.home / name).mkdir(parents=True)
        (box.home / name / "file").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("x")
    (box.home / "linked").symlink_to(tmp_path / "elsewhere")
    (box.home / "again").symlink_to("data")
    (box.home / "dangling").symlink_to("nowhere")

    assert left(box, person, []) == ["data", str(tmp_path / "elsewhere"), "odd?name", "scratch/a", "scratch/b"]
    inside = left(box, person, ["./data/in", "./odd\nname", "./linked/"])
    assert inside == ["data/out", "odd?name", "scratch/a", "scratch/b"]
    assert left(box, person, ["."]) == []
    assert left(box, person, ["/"]) == []


def test_a_directory_that_only_holds_links_is_left_where_they_lead_to_what_is_not_looked_at(
    box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(person.home))
    profiles.all_profiles.cache_clear()
    for place in (tmp_path / "elsewhere", box.home / ".hidden", box.home / "data"):
        place.mkdir()
        (place / "file").write_text("x")
    for name, target in (("far", tmp_path / "elsewhere"), ("near", box.home / "data"), ("dangling", "nowhere")):
        (box.home / name).mkdir()
        (box.home / name / "link").symlink_to(target)
    (box.home / "shown").symlink_to(".hidden")

    assert left(box, person, ["data"]) == ["far", ".hidden"]
    assert left(box, person, ["data", str(tmp_path / "elsewhere"), ".hidden"]) == []


def test_what_find_can_not_read_is_not_taken_for_empty(
    box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(person.home))
    profiles.all_profiles.cache_clear()
    (box.home / "closed").mkdir()
    fake = box.home.parent / "bin"
    fake.mkdir()
    (fake / "find").write_text(
        "#!/bin/sh\n"
        'case $1 in */closed) echo "find: closed: Permission denied" >&2; exit 1 ;; esac\n'
        f'exec {shutil.which("find")} "$@"\n'
    )
    (fake / "find").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fake}:", 1))

    assert left(box, person, []) == ["closed"]


def test_more_remaining_entries_than_the_limit_are_an_error(
    box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(person.home))
    profiles.all_profiles.cache_clear()
    for number in range(1005):
        (box.home / str(number)).touch()
    only_has(box, "du", "find")

    with pytest.raises(Incomplete, match="more than 1,000 remaining"):
        left(box, person, [])


def test_what_may_be_lost_needs_no_proof_and_a_directory_of_receipts_has_to_be_there(box: Sshd, person: Person) -> None:
    """A receipt with something left out can't prove all; whoever can do without says so, from the home as well."""
    pulled(box, person, "--exclude=*.log")

    refused = leaves(person, "--json")
    abandoned = leaves(person, "--dry-run", "--abandon=~/runs/ckpt/")
    nowhere = leaves(person, "--receipts=nowhere")

    assert (refused.exit_code, abandoned.exit_code, nowhere.exit_code) == (26, 0, 21), abandoned.stderr
    assert "left out on request: *.log" in refused.stderr
    assert "--receipts=." in nowhere.stderr


def test_of_several_boxes_only_those_stop_where_something_would_be_lost(person: Person, tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    with TwoBoxes(person, tmp_path / "two") as two:
        (two.source.home / "weights").write_text("not pulled")

        said = person.types("fab", "-H", "proj-1,proj-2", "hygiene.leave", "--abandon=~/.ssh")

        assert said.exit_code == 26, said.stderr
        assert "can be given back: proj-2\n" in said.stderr
        assert "NOT to be given back: proj-1\n" in said.stderr
        assert "proj-1: [ ] nothing else there" in said.stderr
        assert b"Host proj-1" in (person.ssh / "config").read_bytes()
        assert b"Host proj-2" not in (person.ssh / "config").read_bytes()
