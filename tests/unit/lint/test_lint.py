"""Where a finding of the linter stands, what silences it, and what no script can do to it."""

from __future__ import annotations

import contextlib
import math
import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.lint import own, shellcheck, syntax
from ssh_transport.lint.finding import Finding
from ssh_transport.lint.run import Selection, lint
from ssh_transport.lint.syntax import ParseTimeout, Source, Word, parse, walk
from tests.support.clock import on_this_machine
from tests.support.examples import max_examples
from tests.support.linted import OURS, TRAP, ids

if TYPE_CHECKING:
    from pathlib import Path

PIECES = [
    "ssh h", " ", "\n", "'", '"', "`", "$(", ")", "${", "}", "<<EOF\n", "\nEOF\n", "<<'E'", "|", "grep a", ";", "&&",
    "\\", "if ", "then ", "fi", "scp -r a b:/x/", "pkill a", "=", "KEY", "echo", ">", "~/.x_key", "((", "))", "[[",
    "]]", "case a in ", "esac", "#noqa", "\r\n", "é", "\t", "-o", "bash -c ", "$'", "{ ", "for a in ", "do ", "done",
]  # fmt: skip


def ours(text: str) -> list[tuple[int, int, str]]:
    found = own.findings("job.sh", text.encode())
    return [(one.line, one.column, one.id) for one in found if not one.id.startswith("ST0")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("scp -r a b:", (1, 1)),
        ("x=é; scp -r a b:", (1, 6)),
        ("\n\n  timeout 9 \\\n scp -r a b:", (3, 3)),
    ],
)
def test_a_finding_names_line_and_column(text: str, place: tuple[int, int]) -> None:
    """Counted from 1, in characters."""
    assert ours(text) == [(*place, "ST102")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ssh a 'pkill b; ./c'", (1, 8)),
        ('ssh a "x=\\"1\\"; pkill b; ./c"', (1, 17)),
        ("ssh a 'x=1\n  pkill b; ./c'", (2, 3)),
        ("ssh a x \\; pkill b \\; ./c", (1, 12)),
    ],
)
def test_a_finding_inside_a_word_for_a_box_stands_where_the_word_stands(text: str, place: tuple[int, int]) -> None:
    """Quotes and escapes before it are counted."""
    assert ours(text) == [(*place, "ST101")]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("ssh a bash <<'E'\n\n# x\npkill b; ./c\nE\n", {("ST202", 1), ("ST101", 4)}),
        ("ssh a \\\n  bash \\\n  <<'E'\npkill b; ./c\nE\n", {("ST202", 3), ("ST101", 4)}),
        ("cd x && ssh a 'bash -s' <<E\nfoo \\\n bar\npkill b; ./c\nE\n", {("ST202", 1), ("ST101", 4)}),
        ("cat <<'E' | ssh a bash\nls\npkill b; ./c\nE\n", {("ST202", 1), ("ST101", 3)}),
        ("cat >x <<E\npkill b; ./c\nE\nssh a <<E\nls\npkill b; ./c\nE\n", {("ST202", 4), ("ST101", 6)}),
        ("{ ssh a bash; } <<E\npkill b; ./c\nE\n", {("ST202", 1), ("ST101", 2)}),
        # Read by the loop, and not by what runs in it.
        ('while read -r h; do\n  ssh "$h" bash -s <job.sh\ndone <<E\npkill b; ./c\nE\n', set()),
        ("for h in a b; do\n  ssh $h bash\ndone <<E\npkill b; ./c\nE\n", set()),
    ],
)
def test_a_here_document_is_reported_where_it_stands(text: str, lines: set[tuple[str, int]]) -> None:
    """The finding about it at its `<<`, those about its lines at them; and only if a box gets it."""
    assert {(rule, line) for line, _, rule in ours(text)} == lines


@pytest.mark.parametrize(
    "text",
    [
        "scp -r a b: # noqa: ST102",
        "scp -r a b: # noqa: ST101,ST102",
        "scp -r a b: # noqa: st102 it is small",
        "scp -r a b: # noqa",
        "scp -r a \\\n  b: # noqa: ST102",
        "x && scp -r a b: && # noqa: ST102\ny",
        "if x; then\n  scp -r a b:  # noqa: ST102\nfi",
    ],
)
def test_a_comment_at_the_end_of_the_line_silences(text: str) -> None:
    assert ours(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "scp -r a b: # noqa: ST101",
        "scp -r a b:\ndate # noqa: ST102",
        "# noqa: ST102\nscp -r a b:",
        "scp -r 'a # noqa: ST102' b:",
        "if x; then\n  scp -r a b:\nfi # noqa: ST102",
    ],
)
def test_no_other_comment_silences(text: str) -> None:
    assert [rule for _, _, rule in ours(text)] == ["ST102"]


def test_a_comment_on_a_line_of_its_own_silences_the_contract() -> None:
    """For the whole file, and only the rule that it names."""
    text = "#!/bin/bash\n# noqa: ST002\necho hi\n"

    assert [finding.id for finding in own.findings("a.sh", text.encode())] == ["ST001"]


def test_names_and_contents_may_be_any_bytes(tmp_path: Path) -> None:
    """And what is shown of them moves no cursor."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J\n.sh")
    with open(name, "wb") as file:  # noqa: PTH123 - its name is no text
        file.write(b"#!/usr/bin/env bash\nset -u\necho \xff\xfe; scp -r \xff b:\n")

    found = lint(str(tmp_path), Selection())

    assert "ST102" in {finding.id for finding in found.findings}
    assert found.passed_over == ()
    assert not set("\x1b\udcff") & set(str(found))
    assert str(found.findings[0]).count("\n") <= 1


HARD = {
    "subshells": b"(" * 60_000,
    "substitutions": b"$(" * 40_000,
    "quotes": b'"$(' * 40_000,
    "blocks": b"if a; then " * 10_000,
    "lists": b"a && " * 20_000,
    "here-documents": b"ssh a <<A\n" * 6_000,
    "logins": b"ssh h '" * 10_000,
    "pipes": b"grep a|b " * 10_000,
    "bytes": bytes(range(1, 256)) * 2000,
    "nested logins": b'ssh a "ssh b \'ssh c \\"bash -c date\\"\'"\n' * 1000,
    "assignments": b"KEY=aB3dE6gH9jK2mN5pQ8sT1vW4 " * 2_000,
    "noqa": b"a # noqa\n" * 6_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("data", HARD.values(), ids=HARD)
def test_no_script_is_too_hard(data: bytes) -> None:
    """It is looked at or given up, soon."""
    begun = time.monotonic()
    with contextlib.suppress(ParseTimeout):
        own.findings("hard.sh", data)
    assert time.monotonic() - begun < on_this_machine(40)


def test_what_takes_too_long_to_parse_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.sh").write_text(TRAP * 1000)
    monkeypatch.setattr(syntax, "TIMEOUT_S", -1.0)

    assert [script.reason for script in lint(str(tmp_path), OURS).passed_over] == ["parsing it took too long"]


@max_examples(300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_shell_text_can_be_linted(text: str) -> None:
    """Places are offsets in the file."""
    for finding in own.findings("any.sh", text.encode()):
        assert 1 <= finding.line <= text.count("\n") + 1
        assert finding.column >= 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'a b'", "a b"),
        ('"a \\"b\\" \\n"', 'a "b" \\n'),
        ("a\\ b", "a b"),
        ("a'b'\"c\"d", "abcd"),
        ('"x $y"', "x $y"),
        ('"$(echo "a")"', '$(echo "a")'),
        ("$'it\\'s'", "it's"),
        ('"a\\\nb"', "ab"),
    ],
)
def test_a_word_is_read_as_the_shell_reads_it(written: str, read: str) -> None:
    source = Source.of_file(f"cmd {written}".encode())
    command = next(at for at in walk(parse(source, math.inf), source) if at.kind == "command")
    argument = command.node.children_by_field_name("argument")[0]

    assert Word(syntax.SyntaxNode(argument, command, source)).text == read


def test_shellcheck_is_asked_and_its_directives_hold(tmp_path: Path) -> None:
    """Its ids, levels and offsets, beside ours."""
    (tmp_path / "a.sh").write_text(TRAP + "echo $1\n# shellcheck disable=SC2086\necho $2\n")

    found = lint(str(tmp_path), Selection()).findings

    assert [(one.line, one.column, one.id) for one in found] == [(3, 1, "ST102"), (4, 6, "SC2086")]
    assert found[1].message == "info: Double quote to prevent globbing and word splitting."


def test_windows_line_ends_are_reported_once(tmp_path: Path) -> None:
    """Shellcheck would say it for each line."""
    (tmp_path / "a.sh").write_bytes(b"#!/usr/bin/env bash\r\nset -u\r\necho\r\n")

    assert ids(tmp_path, Selection()).count("ST003") == 1
    assert "SC1017" not in ids(tmp_path, Selection())


def test_a_shellcheck_that_does_not_answer_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ours found is kept."""
    (tmp_path / "a.sh").write_text(TRAP)
    stuck = tmp_path / "shellcheck"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(shellcheck, "program", lambda: str(stuck))
    monkeypatch.setattr(shellcheck, "TIMEOUT_S", 0.2)

    found = lint(str(tmp_path / "a.sh"), Selection())

    assert [script.reason for script in found.passed_over] == ["shellcheck gave no answer in 0 s"]
    assert [finding.id for finding in found.findings] == ["ST102"]


def test_a_finding_reads_like_that_of_any_linter() -> None:
    finding = Finding("a b.sh", 3, 7, "ST102", "it is so", "mend it")

    assert str(finding) == "a b.sh:3:7: ST102 it is so\n  fix: mend it"
