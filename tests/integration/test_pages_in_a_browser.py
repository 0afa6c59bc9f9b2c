"""The pages that tasks write, as a browser shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

DARK, LIGHT = "rgb(13, 17, 23)", "rgb(246, 248, 250)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def looks_well(browser: Browser, page: Path) -> str:
    """Look at a page in narrow and wide windows, light and dark; return its text."""
    for width in (360, 1400):
        for is_dark in (False, True):
            seen = browser.sees(page, width=width, is_dark=is_dark)
            assert seen.complaints == ()
            assert seen.fetched == (page.as_uri(),)
            assert seen.width <= width
            assert seen.background == (DARK if is_dark else LIGHT)
    return seen.text


def test_a_receipt_shows_what_came_and_what_has_changed_since(box: Sshd, person: Person, browser: Browser) -> None:
    (box.home / "ck" / "step-1000").mkdir(parents=True)
    (box.home / "ck" / "step-1000" / "a-very-long-name-of-a-shard-00001-of-00002.safetensors").write_bytes(b"w" * 9_000)
    (box.home / "ck" / "<script>alert(1)<b>").write_bytes(b"x" * 5_000)
    pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck", "--verify")
    assert pulled.exit_code == 0, pulled.stderr

    said = person.types("inv", "transfer.receipt", "proj-1/ck", "--html=r.html")
    text = looks_well(browser, person.home / "r.html")

    assert said.exit_code == 0, said.stderr
    assert f"page: {person.home / 'r.html'}; in a browser: file://{person.home / 'r.html'}\n" in said.stderr
    assert "still as it arrived: 2 files (14.0 kB) compared equal" in text
    assert (person.home / "r.html").stat().st_mode & 0o777 == 0o600

    (person.home / "proj-1" / "ck" / "step-1000" / "new").write_text("mine")
    next((person.home / "proj-1" / "ck").glob("<script*")).unlink()
    again = person.types("inv", "transfer.receipt", "proj-1/ck", "--html=r.html")

    assert again.exit_code == 27
    changed = looks_well(browser, person.home / "r.html")
    assert "not as it arrived" in changed
    assert "<script>alert(1)<b>" in changed


def test_boxes_and_an_audit_have_a_page_each_also_where_one_is_gone(
    box: Sshd, person: Person, browser: Browser
) -> None:
    person.adds_alias("proj-2", 1)
    (box.home / ".env").write_text("WANDB_API_KEY=0123456789012345678901234567890123456789\n")

    verified = person.types("inv", "config.verify", "--on=proj-1,proj-2", "--html=boxes.html")
    audited = person.types("inv", "hygiene.audit", "--on=proj-1,proj-2", "--html=audit.html")

    assert verified.exit_code == 11, verified.stderr
    assert "1 of 2 failed" in looks_well(browser, person.home / "boxes.html")
    assert audited.exit_code != 0
    assert "not looked at: could not connect to `proj-2`" in looks_well(browser, person.home / "audit.html")


def test_a_page_that_would_write_over_another_file_is_refused_first(box: Sshd, person: Person) -> None:
    (person.home / "notes.txt").write_text("mine")

    said = person.types("inv", "config.verify", "--on=proj-1", "--html=notes.txt")

    assert said.exit_code == 2
    assert "error: `notes.txt` is no name for a page" in said.stderr
    assert (person.home / "notes.txt").read_text() == "mine"
    assert box.sessions() == []
