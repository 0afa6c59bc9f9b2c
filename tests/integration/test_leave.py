"""Leaving a box: it stops where something would be lost, and takes away nothing before it knows."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd


def leaves(person: Person, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", "hygiene.leave", *words)


def state(box: Sshd, person: Person) -> dict[str, bytes]:
    """Return every file of the box, and what this machine knows of it."""
    places = [*(path for path in box.home.rglob("*") if path.is_file()), *person.ssh.iterdir()]
    return {str(path): path.read_bytes() for path in places}


def pulled(box: Sshd, person: Person, *words: str) -> None:
    (box.home / "runs" / "ckpt").mkdir(parents=True)
    (box.home / "runs" / "ckpt" / "weights").write_bytes(b"w" * 1000)
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=runs/ckpt", "--verify", *words)
    assert said.exit_code == 0, said.stderr


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
        "[x] received",
        "[x] nothing else there",
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

    abandoned = leaves(person, "--abandon=notes.*", "--abandon", f"{box.home}/runs/*", "--dry-run", "--json")
    assert "1 thing would be lost" in abandoned.stderr

    (box.home / "runs" / "ckpt" / "newer").unlink()
    at_last = leaves(person, "--abandon=notes.*", "--abandon", f"{box.home}/runs/*", "--json")
    assert at_last.exit_code == 0, at_last.stderr
    assert [step["ok"] for step in json.loads(at_last.stdout)["steps"]] == [True] * 4
    assert not (box.home / ".mine_key").exists()
    assert person.makes_key().split()[1] in (box.home / ".ssh" / "authorized_keys").read_text()


def test_a_receipt_that_is_damaged_or_of_another_box_proves_nothing(box: Sshd, person: Person, tmp_path: Path) -> None:
    pulled(box, person)
    receipt = person.home / "proj-1" / "ckpt.receipt.json"
    other = json.loads(receipt.read_text()) | {"host_key": "SHA256:another"}
    receipt.write_text(json.dumps(other))
    (person.home / "x.receipt.json").write_text("{}")

    said = leaves(person)

    assert said.exit_code == 26
    assert "x.receipt.json proves nothing" in said.stderr
    assert f"{box.home}/runs: 1 file" in said.stderr
    shutil.rmtree(box.home / "runs")
    assert leaves(person, "--dry-run").exit_code == 0
