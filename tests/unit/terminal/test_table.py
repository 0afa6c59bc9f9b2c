"""Tables for persons and for programs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.terminal import table
from ssh_transport.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADINGS = ("alias", "platform", "hostname", "gpu", "result")
ALIAS = "a-name-of-thirty-characters-01"
ROWS = [
    (ALIAS, "autodl", "autodl-container-abc", "", "ok"),
    ("proj-2", "runpod", "", "", "could not connect to `proj-2`: Connection refused"),
]
CELL = st.text(st.characters(codec="utf-8"), max_size=12)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(width: int, rows: Sequence[Sequence[str]]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", Terminal())
        patch.setenv("COLUMNS", str(width))
        return table.text(HEADINGS, rows)


def test_off_a_terminal_there_are_headings_and_tabs_and_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())

    assert table.text(HEADINGS, [("a\tb\nc", "", "", "", "ok")]) == (
        "alias\tplatform\thostname\tgpu\tresult\na\\tb\\nc\t\t\t\tok"
    )


def test_on_a_wide_terminal_columns_are_aligned_and_empty_ones_go() -> None:
    lines = on_a_terminal(120, ROWS).splitlines()

    assert [line.split()[0] for line in (lines[0], *lines[2:])] == ["alias", ALIAS, "proj-2"]
    assert "gpu" not in lines[0]
    assert len({line.index(word) for line, word in zip(lines[2:], ("autodl", "runpod"), strict=True)}) == 1


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_longer_than_the_terminal_and_no_alias_is_cut(width: int) -> None:
    text = on_a_terminal(width, ROWS)

    assert max(map(len, text.splitlines())) <= width
    for word in (ALIAS, "autodl-container-abc", "Connection", "refused"):
        assert word in text


def test_where_words_do_not_fit_beside_each_other_a_row_becomes_lines() -> None:
    assert on_a_terminal(41, [*ROWS[1:], (ALIAS, "x" * 30, "", "", "")]) == (
        "proj-2\n  platform runpod, result could not\n  connect to `proj-2`: Connection refused\n"
        f"{ALIAS}\n  platform {'x' * 30}"
    )


@given(st.lists(st.tuples(*[CELL] * 5), max_size=4), st.integers(20, 140))
def test_whatever_a_box_says_stays_in_its_cell(rows: list[tuple[str, ...]], width: int) -> None:
    said = on_a_terminal(width, rows)

    assert shown(said) == said
    assert said.count("\n") < 200
