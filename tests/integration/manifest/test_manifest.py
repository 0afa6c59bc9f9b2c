"""Proofs over a real sshd: what is the same is said to be, what is not is named, and receipts remember."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.sshd import Sshd
from tests.support.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said

DIFFERENT = 27
TAGGED = re.compile(r"\.[0-9a-f]{8}(?=\.(receipt\.json|manifest\.gz)$)")
BOX_TOOLS = "sh find xargs sha256sum stat readlink sleep nproc printf env mkdir rsync grep tr cat".split()  # noqa: SIM905


def fab(person: Person, task: str, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", *words)


def only_receipt(directory: Path) -> Path:
    [found] = directory.glob("*.receipt.json")
    return found


@pytest.fixture
def box_without_python(tmp_path: Path, person: Person) -> Iterator[Sshd]:
    """A box whose PATH leads to a handful of tools."""
    (tmp_path / "bin").mkdir()
    for tool in BOX_TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    (tmp_path / "box").mkdir()
    with Sshd(tmp_path / "box", path=str(tmp_path / "bin")) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        yield server


def test_a_pulled_tree_is_verified_and_the_receipt_holds(box: Sshd, person: Person) -> None:
    """With names of every kind; the receipt is private, is checked without the box, and again changes nothing."""
    make_tree(box.home / "ckpt", large_bytes=3_000_000)

    said = fab(person, "pull", "--path=ckpt", "--verify")
    verified = [fab(person, "verify", "--path=ckpt") for _ in range(2)]
    box.stop()
    receipt = only_receipt(person.home / "proj-1")
    checked = [person.types("inv", "transfer.receipt", path) for path in ("proj-1/ckpt", f"proj-1/{receipt.name}")]

    assert TAGGED.sub("", receipt.name) == "ckpt.receipt.json"
    kept = json.loads(receipt.read_text())
    assert said.exit_code == 0, said.stderr
    assert "NOT safe to destroy proj-1 as far as ckpt goes" not in said.stdout
    assert "safe to destroy proj-1 as far as ckpt goes: all 29 files (" in said.stdout
    assert [(each.exit_code, each.stderr) for each in verified] == [(0, "")] * 2
    assert receipt.stat().st_mode & 0o777 == 0o600
    assert kept["source_hash"] == kept["target_hash"]
    assert (kept["box"], kept["host_key"], kept["files"]) == ("proj-1", box.host_key_fingerprint, 29)
    for each in checked:
        assert each.stdout.startswith("still as received from proj-1 at ")


def test_every_difference_is_listed_by_its_kind(box: Sshd, person: Person) -> None:
    """And the exit code says that there is one."""
    for name in ("same", "gone", "flipped", "kind", "deep/er"):
        path = box.home / "ckpt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (box.home / "ckpt" / "link").symlink_to("same")
    assert fab(person, "pull", "--path=ckpt", "--to=here/").exit_code == 0
    here = person.home / "here" / "ckpt"
    (here / "gone").unlink()
    (here / "flipped").write_text("flippeD")
    (here / "kind").unlink()
    (here / "kind").mkdir()
    (here / "link").unlink()
    (here / "link").symlink_to("gone")
    (here / "new\nline").write_text("x")

    said = fab(person, "verify", "--path=ckpt", "--to=here", "--json")
    told = fab(person, "verify", "--path=ckpt/", "--to=here/ckpt")

    found = {kind: names["names"] for kind, names in said.json["comparison"]["differences"].items()}
    assert (said.exit_code, told.exit_code) == (DIFFERENT, DIFFERENT)
    assert found == {
        "missing": ["gone"],
        "different": ["flipped"],
        "other_kind": ["kind"],
        "other_link": ["link"],
        "changed": [],
        "unreadable": [],
        "extra": ["new\nline"],
    }
    assert not said.json["safe_to_destroy"]
    assert "  only at the target: new\\nline\n" in told.stdout
    assert "NOT safe to destroy proj-1" in told.stdout


def test_nothing_is_called_safe_where_both_ends_are_not_the_same(box: Sshd, person: Person) -> None:
    """A name that only the target has is a difference, and a sentence beside the exit code of one must not say less."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    pulled = fab(person, "pull", "--path=ckpt/", "--to=out/", "--verify")
    (person.home / "out" / "extra").write_text("x")

    told = fab(person, "verify", "--path=ckpt/", "--to=out/")
    said = fab(person, "verify", "--path=ckpt/", "--to=out/", "--json")
    into = fab(person, "pull", "--path=ckpt/", "--to=out/", "--verify")

    assert [each.exit_code for each in (pulled, told, said, into)] == [0, DIFFERENT, DIFFERENT, 0]
    assert "NOT safe to destroy proj-1 as far as ckpt/ goes: 1 only at the target" in told.stdout
    assert said.json["safe_to_destroy"] is False
    assert "\nsafe to destroy proj-1" in into.stdout


def test_a_flipped_byte_is_found_offline(box: Sshd, person: Person) -> None:
    """And named; what came from elsewhere into the same directory is no difference."""
    (box.home / "ckpt").mkdir()
    for name in ("a", "b"):
        (box.home / "ckpt" / name).write_text(name * 1000)
    (person.home / "out").mkdir()
    (person.home / "out" / "mine").write_text("mine")
    pulled = fab(person, "pull", "--path=ckpt/", "--to=out/", "--verify")
    box.stop()
    before = person.types("inv", "transfer.receipt", "out")
    (person.home / "out" / "b").write_text("b" * 999 + "c")

    after = person.types("inv", "transfer.receipt", "out", "--json")

    assert (pulled.exit_code, before.exit_code, after.exit_code) == (0, 0, DIFFERENT)
    assert "safe to destroy proj-1" in pulled.stdout
    [comparison] = [each["comparison"] for each in after.json["receipts"]]
    assert comparison["differences"]["different"] == {"count": 1, "names": ["b"]}
    assert comparison["files"] == 1


@pytest.mark.parametrize("damage", ["missing", "garbled", "foreign", "manifest"])
def test_a_bad_receipt_is_no_receipt(damage: str, box: Sshd, person: Person) -> None:
    """Missing, cut, of somebody else, or beside another manifest."""
    (box.home / "a.bin").write_text("a")
    (box.home / "b.bin").write_text("b")
    for name in ("a", "b"):
        assert fab(person, "pull", f"--path={name}.bin", "--to=x/", "--verify").exit_code == 0
    [receipt], [manifest], [other] = (
        list((person.home / "x").glob(name)) for name in ("a.bin.*.json", "a.bin.*.gz", "b.bin.*.gz")
    )
    if damage == "missing":
        receipt.unlink()
    elif damage == "garbled":
        receipt.write_bytes(receipt.read_bytes()[:-20])
    elif damage == "foreign":
        receipt.write_text('{"kind": "receipt"}')
    else:
        shutil.copy(other, manifest)

    said = person.types("inv", "transfer.receipt", "x/a.bin")

    assert said.exit_code == (21 if damage == "missing" else 2)
    assert "a.bin" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_push_leaves_its_receipt_on_the_box(box: Sshd, person: Person) -> None:
    """Beside the destination, private; it is checked there."""
    make_tree(person.home / "data")

    pushed = fab(person, "push", "--path=data", "--to=far", "--verify", "--json")
    holds = fab(person, "receipt", "far/data")
    (box.home / "far" / "data" / "read only").unlink()
    receipt = only_receipt(box.home / "far")
    broken = fab(person, "receipt", f"far/{receipt.name}", "--json")

    assert pushed.exit_code == 0, pushed.stderr
    assert pushed.json["verification"]["receipt"] == str(receipt)
    assert not pushed.json["verification"]["safe_to_destroy"]
    assert receipt.stat().st_mode & 0o777 == 0o600
    assert sorted(TAGGED.sub("", path.name) for path in (box.home / "far").iterdir()) == [
        "data",
        "data.manifest.gz",
        "data.receipt.json",
    ]
    assert holds.exit_code == 0, holds.stderr
    assert holds.stdout.startswith("still as sent to proj-1 at ")
    assert broken.exit_code == DIFFERENT
    assert broken.json["receipts"][0]["comparison"]["differences"]["missing"]["names"] == ["read only"]


def test_a_box_without_python_uses_what_it_has(box_without_python: Sshd, person: Person) -> None:
    """The same records by `find` and `sha256sum`, patterns and names of every kind."""
    make_tree(box_without_python.home / "ckpt", large_bytes=200_000)
    (box_without_python.home / "ckpt" / "dir .hidden" / "left out").write_text("x")

    pulled = fab(person, "pull", "--path=ckpt", "--exclude=left*", "--verify", "--json")
    (person.home / "proj-1" / "ckpt" / "dir star*[a]?" / "star*[a]?").write_bytes(os.urandom(50))
    verified = fab(person, "verify", "--path=ckpt", "--exclude=left*", "--json")

    assert pulled.exit_code == 0, pulled.stdout + pulled.stderr
    assert pulled.json["verification"]["comparison"]["algorithm"] == "sha256"
    assert pulled.json["verification"]["comparison"]["files"] == 29
    assert "left out on request: left*" in pulled.json["verification"]["verdict"]
    assert verified.exit_code == DIFFERENT
    assert verified.json["comparison"]["differences"]["different"]["names"] == ["dir star*[a]?/star*[a]?"]


def test_what_is_special_left_out_or_leads_out_keeps_a_box(box: Sshd, person: Person) -> None:
    """A pipe, a link that leads out: all arrived, and still the box is needed."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    (box.home / "ckpt" / "latest").symlink_to("../run/model")
    os.mkfifo(box.home / "ckpt" / "pipe")

    said = fab(person, "pull", "--path=ckpt", "--verify", "--json")

    proof = said.json["verification"]
    assert said.exit_code == 0
    assert (proof["comparison"]["special"]["names"], proof["comparison"]["outward"]["names"]) == (["pipe"], ["latest"])
    assert not proof["safe_to_destroy"]
    assert proof["verdict"].startswith("NOT safe to destroy proj-1 as far as ckpt goes: ")


def test_links_are_followed_as_by_the_copy(box: Sshd, person: Person) -> None:
    """With `--copy-links`; a circle is said to be one."""
    (box.home / "ckpt").mkdir()
    (box.home / "model").write_text("m")
    (box.home / "ckpt" / "model").symlink_to("../model")

    pulled = fab(person, "pull", "--path=ckpt", "--copy-links", "--verify")
    (box.home / "ckpt" / "circle").symlink_to(".")
    circle = fab(person, "verify", "--path=ckpt", "--copy-links", "--json")

    assert pulled.exit_code == 0, pulled.stdout
    assert "\nsafe to destroy proj-1" in pulled.stdout
    assert circle.exit_code == DIFFERENT
    assert circle.json["comparison"]["differences"]["unreadable"]["count"] == 1


def test_a_path_that_is_not_there_is_named(box: Sshd, person: Person) -> None:
    """At either end."""
    (box.home / "a").write_text("a")
    (person.home / "proj-1").mkdir()

    here, there = fab(person, "verify", "--path=a"), fab(person, "verify", "--path=b", "--to=proj-1/")
    (person.home / "proj-1" / "b").write_text("b")
    far = fab(person, "verify", "--path=b")

    assert [said.exit_code for said in (here, there, far)] == [21, 21, 21]
    assert "on this machine" in here.stderr
    assert "there is no `b` on `proj-1`" in far.stderr


def test_a_dry_run_is_not_verified(box: Sshd, person: Person) -> None:
    """There is nothing to compare."""
    said = fab(person, "pull", "--path=a", "--verify", "--dry-run")

    assert said.exit_code == 2
