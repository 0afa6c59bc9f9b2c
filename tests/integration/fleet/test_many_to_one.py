"""From several boxes into one directory here, and what is known of it afterwards."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    (tmp_path / "two").mkdir()
    with TwoBoxes(person, tmp_path / "two") as boxes:
        for server, content in ((boxes.source, "one"), (boxes.target, "two")):
            (server.home / "ck").mkdir()
            (server.home / "ck" / "weights").write_text(content)
        yield boxes


def types(two: TwoBoxes, *words: str) -> Said:
    return two.person.types("fab", "-H", "proj-1,proj-2", *words)


def test_each_box_gets_a_place_and_all_receipts_are_checked_at_once(two: TwoBoxes) -> None:
    """What is wrong with one keeps no other from being checked."""
    runs = two.person.home / "runs"
    pulled = types(two, "transfer.pull", "--path=ck/", "--to=runs/{box}/", "--verify")
    assert pulled.exit_code == 0, pulled.stderr
    assert [(runs / name / "weights").read_text() for name in ("proj-1", "proj-2")] == ["one", "two"]

    def check(*words: str) -> Said:
        return two.person.types("inv", "transfer.receipt", "runs", *words)

    assert check().stdout.count("still as received from proj-") == 2
    (runs / "proj-1" / "weights").write_text("eno")
    differs = check()
    assert differs.exit_code == 27
    assert "still as received from proj-2" in differs.stdout
    shutil.rmtree(runs / "proj-1")
    gone = check("--html=page.html")
    assert gone.exit_code == 27
    assert "NOT checked" in gone.stdout
    assert "not checked" in (two.person.home / "page.html").read_text()
    assert "still as received from proj-2" in gone.stdout


def test_a_word_in_braces_that_stands_for_nothing_is_refused(two: TwoBoxes) -> None:
    said = types(two, "transfer.pull", "--path=ck/", "--to=runs/{host}/")

    assert said.exit_code == 2
    assert "{box} is the alias" in said.stderr
    assert not (two.person.home / "runs").exists()


def test_a_watch_of_two_boxes_has_a_place_and_an_end_for_each(two: TwoBoxes) -> None:
    watch = ("transfer.watch", "--path=ck/", "--to=runs/{box}/", "--every=1", "--settle=1")
    for server in (two.source, two.target):
        (server.home / "ck" / "DONE").write_text("")

    assert types(two, *watch, "--jobs=1").exit_code == 2, "it has no end"
    assert types(two, *watch[:2], "--to=runs", "--until=DONE").exit_code == 2, "one place for both"
    said = types(two, *watch, "--until=DONE", "--json")

    assert said.exit_code == 0, said.stderr
    assert [said.json[name]["files"] for name in ("proj-1", "proj-2")] == [2, 2]
    runs = two.person.home / "runs"
    assert [(runs / name / "weights").read_text() for name in ("proj-1", "proj-2")] == ["one", "two"]
