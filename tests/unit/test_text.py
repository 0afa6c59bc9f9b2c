"""Text from a box is shown, never obeyed."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport import text as text_room
from ssh_transport.text import are, coloured, count, did_you_mean, every_file, natural, one_line, shown, size

_ORDERS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_TEXTS = st.text(st.one_of(st.characters(), st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])))


@given(_TEXTS)
def test_nothing_shown_gives_orders_to_a_terminal(text: str) -> None:
    """Controls, bidirectional overrides and surrogates never come out, and the rest can be encoded."""
    safe = shown(text)

    assert _ORDERS.search(safe) is None
    assert safe == safe.encode().decode()
    assert safe.count("\n") == text.count("\n")


@given(_TEXTS)
def test_one_line_is_one_line(text: str) -> None:
    """Nothing that any reader takes for a line end is left."""
    safe = one_line(text)

    assert len(safe.splitlines()) <= 1
    assert _ORDERS.search(safe) is None


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_is_printable_stays(text: str) -> None:
    """Letters, signs and spaces of any script are shown as they are."""
    assert text == shown(text) == one_line(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07", id="escape sequences"),
        pytest.param("exe.\u202egpj", r"exe.\u202egpj", id="bidirectional override"),
        pytest.param("a\nerror: faked", r"a\nerror: faked", id="faked line"),
        pytest.param("a\r100%", r"a\r100%", id="carriage return"),
        pytest.param("\udcff.bin", r"\udcff.bin", id="undecodable byte"),
        pytest.param("模型 v2.ckpt", "模型 v2.ckpt", id="another script"),
    ],
)
def test_a_hostile_name_is_spelled_out(name: str, expected: str) -> None:
    """Every dangerous character is replaced by its escape and the others stay."""
    assert expected == one_line(name)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_500_000_000, "1.5 GB"),
        (2_000_000_000_000, "2.0 TB"),
        (5_000_000_000_000_000, "5000.0 TB"),
        (-2500, "-2.5 kB"),
        (999_949, "999.9 kB"),
        (999_999, "1.0 MB"),
        (999_950_000, "1.0 GB"),
        (999_950_000_000, "1.0 TB"),
    ],
)
def test_sizes_are_in_powers_of_1000(number: int, expected: str) -> None:
    """A size has the unit that disk labels have; there is no `1000.0 kB`."""
    assert expected == size(number)


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (5_000_000, "5,000,000 files")]
)
def test_a_number_goes_with_its_noun(number: int, expected: str) -> None:
    """One is singular, thousands are set apart."""
    assert expected == count(number, "file")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


_SAID = (
    "error: no\n\nhint: yes\nproj-1: warning: slow\n"
    "  ok       banner: SSH-2.0\n  failure  login: no\n proj-1   vm   ok\nok then, error: inside\n"
)
_IN_COLOUR = (
    "\x1b[1;31merror:\x1b[0m no\n\n\x1b[36mhint:\x1b[0m yes\nproj-1: \x1b[33mwarning:\x1b[0m slow\n"
    "  \x1b[32mok\x1b[0m       banner: SSH-2.0\n  \x1b[1;31mfailure\x1b[0m  login: no\n"
    " proj-1   vm   \x1b[32mok\x1b[0m\nok then, error: inside\n"
)


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (_Terminal(), {}, _IN_COLOUR),
        (io.StringIO(), {}, _SAID),
        (_Terminal(), {"NO_COLOR": "1"}, _SAID),
        (_Terminal(), {"NO_COLOR": ""}, _IN_COLOUR),
        (_Terminal(), {"TERM": "dumb"}, _SAID),
        (io.StringIO(), {"FORCE_COLOR": "1"}, _IN_COLOUR),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, _SAID),
        (None, {"FORCE_COLOR": "1"}, _SAID),
    ],
)
def test_the_words_that_tell_lines_apart_have_colours_where_somebody_sees_them(
    stream: io.StringIO | None, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert coloured(_SAID, stream) == expected


def test_what_is_close_is_asked_for() -> None:
    known = ["proj-1", "proj-2", "other"]

    assert did_you_mean("proj1", known) == "did you mean proj-1? "
    assert did_you_mean("proj", known, most=2) == "did you mean proj-2, proj-1? "
    assert did_you_mean("proj1", known, before="!") == "did you mean !proj-1? "
    assert did_you_mean("x", known) == ""


def test_names_are_sorted_as_a_person_counts() -> None:
    names = ["proj-10", "b", "proj-2", "Proj-3", "proj-1", "2a", "proj", "proj-2b", "proj-\u00b2"]

    assert sorted(names, key=natural) == [
        *("2a", "b", "proj", "proj-1", "proj-2", "proj-2b", "Proj-3", "proj-10", "proj-\u00b2")
    ]


def test_there_is_one_door_to_what_may_be_meant() -> None:
    sources = Path(text_room.__file__).parent.rglob("*.py")

    assert [path.name for path in sources if "difflib" in path.read_text(encoding="utf-8")] == ["text.py"]


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (1, "file", "1 file"),
        (0, "file", "0 files"),
        (5000, "file", "5,000 files"),
        (2, "box", "2 boxes"),
        (1, "box", "1 box"),
        (2, "process", "2 processes"),
        (3, "directory", "3 directories"),
        (2, "key", "2 keys"),
        (2, "alias", "2 aliases"),
    ],
)
def test_a_noun_goes_with_its_number(number: int, noun: str, said: str) -> None:
    assert count(number, noun) == said


def test_of_one_file_it_is_not_said_that_all_of_them_are_there() -> None:
    assert f"{every_file(1, 12)} {are(1)} here" == "the one file (12 B) is here"
    assert f"{every_file(2, 12)} {are(2)} here" == "all 2 files (12 B) under it are here"


def test_plurals_have_one_door() -> None:
    """No sentence of ours counts by itself: `1 keys`, `all 1 file`."""
    number = r"\{(?:len\([^{}]*\)|number|total|count|lines)(?::,)?\}"
    own = re.compile(
        rf"""f["'][^"']*{number} (?!of\b|more\b|others?\b|watches\b)[a-z]+s\b"""
        r"""|== 1 else f?["']\{|director\{"""
    )
    source = Path(text_room.__file__).parent
    # Never one.
    several = ("ending.py", "fleet/verify.py", "revoke.py", "between", "_small_files.py", "sftp/client.py")
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in (*source.rglob("*.py"), *(source.parents[1] / "tasks").glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if own.search(line) and not any(name in str(path) for name in several)
    ]

    assert found == []
