"""Leaving a box: what was sent there from here is lost to nobody, as long as it is what was sent."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from ssh_transport.platforms import profiles
from tests.support.checkouts import commit, repository
from tests.support.leaving import leaves, own_profile, pulled
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person


@pytest.fixture(autouse=True)
def _known_disks(person: Person) -> Iterator[None]:
    own_profile(person, "everywhere = false")
    yield
    profiles.all_profiles.cache_clear()


def pushed(person: Person, *words: str) -> None:
    said = person.types("fab", "-H", "proj-1", "transfer.push", *words)
    assert said.exit_code == 0, said.stderr


@pytest.fixture
def data(box: Sshd, person: Person) -> Path:
    here = person.home / "data"
    (here / "part").mkdir(parents=True)
    for name in ("a", "part/b"):
        (here / name).write_text(name)
    pushed(person, "data", "work/", "--verify", "--exclude=*.log")
    assert (box.home / "work" / "data" / "part" / "b").exists()
    return here


@pytest.mark.usefixtures("data")
def test_what_was_pushed_and_is_the_same_at_both_ends_is_not_lost(person: Person) -> None:
    said = leaves(person, "--dry-run")

    assert said.exit_code == 0, said.stderr
    assert "[x] sent, and as it was sent: " in said.stderr
    assert f"all of it is at {person.home}/data" in said.stderr


@pytest.mark.parametrize("name", ["part/b", "new", "part/x.log"], ids=["changed", "new", "left out of the push"])
@pytest.mark.usefixtures("data")
def test_what_the_box_has_made_of_it_would_be_lost(name: str, box: Sshd, person: Person) -> None:
    (box.home / "work" / "data" / name).write_text("made on the box")

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26, said.stderr
    assert "sent, and as it was sent" not in said.stderr


def test_what_is_not_here_any_more_would_be_lost(data: Path, person: Person) -> None:
    (data / "a").unlink()

    assert leaves(person, "--dry-run").exit_code == 26


def test_of_a_pushed_checkout_only_what_the_box_has_made_would_be_lost(box: Sshd, person: Person) -> None:
    top = repository(person.home / "proj", train_py="train", pkg__a_py="a", pkg__b_py="b")
    commit(top)
    pushed(person, f"{top}/", "work/src", "--git")
    whole = leaves(person, "--dry-run")
    there = box.home / "work" / "src"
    (there / "pkg" / "b.py").write_text("changed on the box")
    (there / "out.pt").write_text("made there")

    said = leaves(person, "--dry-run")

    assert whole.exit_code == 0, whole.stderr
    assert said.exit_code == 26, said.stderr
    lost = [line.strip().split(":")[0] for line in said.stderr.splitlines() if line.strip().startswith(f"{there}/")]
    assert lost == [f"{there}/out.pt", f"{there}/pkg/b.py"]


def test_what_a_link_of_a_checkout_leads_to_was_not_sent(box: Sshd, person: Person) -> None:
    top = repository(person.home / "proj", train_py="train")
    (top / "outputs").symlink_to("../../runs")
    commit(top)
    pushed(person, f"{top}/", "work/src", "--git")
    (box.home / "runs").mkdir()
    (box.home / "runs" / "model.pt").write_text("trained on the box")

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26, said.stderr


def test_a_directory_of_pushed_code_that_cannot_be_read_may_hold_results(
    box: Sshd, person: Person, tmp_path: Path
) -> None:
    top = repository(person.home / "proj", train_py="train")
    commit(top)
    pushed(person, f"{top}/", "work/src", "--git")
    assert leaves(person, "--dry-run").exit_code == 0
    # Root reads everything here; on a box its `find` says so of what it can't.
    real = shutil.which("find")
    find = box.home / "bin" / "find"
    find.parent.mkdir()
    find.write_text(f'#!/bin/sh\n{real} "$@"\n[ "$1" != . ] || echo \'find: ./runs: Permission denied\' >&2\n')
    find.chmod(0o755)
    forced = tmp_path / "box" / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={find.parent}:"))

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26, said.stderr
    assert "sent, and as it was sent" not in said.stderr


@pytest.mark.usefixtures("data")
def test_what_has_no_end_is_not_read_because_a_receipt_on_a_box_names_it(box: Sshd, person: Person) -> None:
    (receipt,) = (box.home / "work").glob("*.receipt.json")
    receipt.write_text(json.dumps({**json.loads(receipt.read_bytes()), "source": "/dev/zero"}))

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26, said.stderr
    assert "sent, and as it was sent" not in said.stderr


@pytest.mark.usefixtures("box")
def test_what_was_in_no_commit_may_be_nowhere_else(person: Person) -> None:
    top = repository(person.home / "proj", train_py="train")
    commit(top)
    (top / "train.py").write_text("better")
    pushed(person, f"{top}/", "work/src", "--git")

    assert leaves(person, "--dry-run").exit_code == 26


@pytest.mark.usefixtures("box")
def test_what_was_spread_with_links_followed_is_compared_so(person: Person) -> None:
    farm = person.home / "farm"
    farm.mkdir()
    (person.home / "weights").write_text("w")
    (farm / "model").symlink_to("../weights")
    flags = ("--path=farm", "--to=work/", "--copy-links", "--receipt=all.receipt.json")
    said = person.types("fab", "-H", "proj-1", "transfer.spread", *flags)
    assert said.exit_code == 0, said.stderr

    whole = leaves(person, "--dry-run")
    (person.home / "weights").write_text("x")
    changed = leaves(person, "--dry-run")

    assert (whole.exit_code, changed.exit_code) == (0, 26), whole.stderr
    # The one receipt of a spread is no receipt of a pull, whatever it is called.
    assert "warning" not in whole.stderr


def test_what_came_from_another_box_is_not_lost_if_that_was_received(box: Sshd, person: Person, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with Sshd(tmp_path / "second") as second:
        shutil.copy(box.home / ".ssh" / "authorized_keys", second.home / ".ssh")
        person.adds_alias("proj-2", second.port, second.user)
        with (person.ssh / "known_hosts").open("a") as file:
            file.write(f"proj-2 {second.host_key_line}\n")
        (second.home / "ckpt").mkdir()
        (second.home / "ckpt" / "weights").write_text("w")
        spread = person.types("fab", "-H", "proj-1", "transfer.spread", "--from=proj-2:ckpt", "--to=in/")
        alone = leaves(person, "--dry-run")
        pulled = person.types("fab", "-H", "proj-2", "transfer.pull", "ckpt", "--verify")
        assert (spread.exit_code, pulled.exit_code) == (0, 0), spread.stderr + pulled.stderr

        here = leaves(person, "--dry-run")
        (box.home / "in" / "ckpt" / "weights").write_text("trained on")
        changed = leaves(person, "--dry-run")

    assert (alone.exit_code, here.exit_code, changed.exit_code) == (26, 0, 26), here.stderr
    assert f"all of it is at {person.home}/proj-2/ckpt" in here.stderr


def test_of_several_copies_of_one_source_one_that_is_whole_is_enough(box: Sshd, person: Person) -> None:
    pulled(box, person)
    pulled(box, person, "--to=other/")
    shutil.rmtree(person.home / "other" / "ckpt")

    said = leaves(person, "--dry-run")

    assert said.exit_code == 0, said.stderr
    assert "[x] received once more: " in said.stderr
    assert "another copy of it is whole" in said.stderr


def test_a_link_out_of_what_was_sent_covers_nothing_that_it_leads_to(box: Sshd, person: Person) -> None:
    here = person.home / "proj"
    here.mkdir()
    (here / "a").write_text("a")
    (here / "out").symlink_to("../../.cache/out")
    pushed(person, "proj", "work/", "--verify")
    made = box.home / ".cache" / "out" / "model.pt"
    made.parent.mkdir(parents=True)
    made.write_text("only on the box")

    assert leaves(person, "--dry-run").exit_code == 26


def test_a_link_that_was_sent_alone_covers_nothing(box: Sshd, person: Person) -> None:
    (person.home / "w.pt").symlink_to("real.pt")
    (person.home / "real.pt").write_text("old")
    pushed(person, "w.pt", "work/", "--verify")
    (box.home / "work" / "real.pt").write_text("trained on the box")

    assert leaves(person, "--dry-run").exit_code == 26


def test_what_is_left_of_a_watch_in_what_was_sent_would_be_lost(data: Path, box: Sshd, person: Person) -> None:
    assert data.exists()
    (box.home / "work" / "data" / ".watch-partial").mkdir()
    (box.home / "work" / "data" / ".watch-partial" / "model.pt").write_text("half of it")

    assert leaves(person, "--dry-run").exit_code == 26


def test_a_link_deep_in_a_pushed_checkout_covers_nothing_that_it_leads_to(box: Sshd, person: Person) -> None:
    top = repository(person.home / "proj", train_py="train", sub__a_py="a")
    (top / "sub" / "outputs").symlink_to("../../../.cache/runs")
    commit(top)
    pushed(person, f"{top}/", "work/src", "--git")
    made = box.home / ".cache" / "runs" / "model.pt"
    made.parent.mkdir(parents=True)
    made.write_text("trained on the box")

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26, said.stderr
    assert "whether that commit is kept elsewhere was not looked at" in said.stderr
