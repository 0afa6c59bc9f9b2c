"""Whatever a box says is text on a page, and never part of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport import page
from ssh_transport.audit import Finding
from ssh_transport.errors import Refused, UsageError
from ssh_transport.fleet.verify import Row
from ssh_transport.manifest.records import Record
from ssh_transport.manifest.shares import OTHERS, Share, Shares

HOSTILE = "</code><script>alert(1)</script><img src=http://x.example/>\x1b[2J\u202e"


class Tags(HTMLParser):
    """Notes every tag, and every address that would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [str(value) for name, value in attrs if name in {"src", "href", "action", "data"}]


def findings(text: str) -> str:
    return page.audit_page(
        {"here": [], text: [Finding(text, "failure", text, text, text, text)]}, {text: Refused(text)}
    )


@given(st.text())
def test_no_text_of_a_box_becomes_a_tag(text: str) -> None:
    row = Row(alias=text, platform=text, kind=text, hostname=text, gpus=(text,), torch=text, error=text)

    for made in (findings(text), page.boxes_page([row])):
        assert Tags(made).fetched == ["data:,"]
        assert not Tags(made).tags & {"script", "img", "iframe", "a", "object", "form"}


def test_what_a_name_hides_is_shown() -> None:
    made = findings(HOSTILE)

    assert "<script" not in made
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert r"\x1b[2J\u202e" in made


def test_an_audit_says_of_each_machine_what_is_wrong() -> None:
    made = findings("proj-1")

    assert re.search(r"<h1>here</h1>\s*<p class=\"verdict good\">.*clean", made)
    assert "not looked at: proj-1" in made


def test_boxes_that_failed_are_counted() -> None:
    rows = [Row(alias="a", platform="p", kind="k"), Row(alias="b", platform="p", kind="k", error="gone")]

    assert "1 of 2 failed" in page.boxes_page(rows)
    assert "all can be used" in page.boxes_page(rows[:1])


@pytest.mark.parametrize("name", ["notes.txt", "report", ".", "~/.ssh/config"])
def test_a_page_is_not_written_over_something_else(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a page"):
        page.place(name)


def test_the_largest_are_named_and_the_rest_is_one() -> None:
    shares = Shares()
    records = [Record(b"f", b"a/b/%d" % n, 10) for n in range(3)]
    records += [Record(b"d", b"a"), *(Record(b"f", b"c/%d" % n, n) for n in range(5))]

    assert list(shares.passing(iter(records))) == records
    assert shares.largest(2) == (Share("a/b", 30), Share("c/4", 4), Share(OTHERS, 6))


def test_too_many_names_are_added_up() -> None:
    shares = Shares()
    list(shares.passing(Record(b"f", b"%d" % n, 1) for n in range(5_000)))

    assert sum(share.bytes for share in shares.largest(10)) == 5_000
