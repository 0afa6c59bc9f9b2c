"""`hygiene.lint`, as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.person import Person

JOB = "#!/usr/bin/env bash\nset -u\nssh proj-1 'pkill train; python train.py'\n"


def test_findings_are_printed_with_their_fixes_and_end_with_1(person: Person) -> None:
    """Data on standard output, the error on standard error; as text and as JSON."""
    (person.home / "job.sh").write_text(JOB)

    said = person.types("inv", "hygiene.lint", "--path=job.sh")
    as_json = person.types("fab", "hygiene.lint", "--json")

    assert said.exit_code == as_json.exit_code == 1
    assert said.stdout == (
        "job.sh:3:13: ST101 `python` after `pkill` in one ssh command: the kill ends the session first\n"
        "  fix: use two: ssh HOST 'pkill NAME'; ssh HOST 'start NAME'\n"
        "1 script, 1 finding\n"
    )
    assert said.stderr == "error: 1 finding in 1 script\n\nhint: the rules are in docs/lint.md\n"
    assert as_json.json["scripts"] == 1
    assert [(one["file"], one["line"], one["id"]) for one in as_json.json["findings"]] == [("job.sh", 3, "ST101")]


def test_a_clean_script_ends_with_0_and_what_is_no_script_is_said(person: Person) -> None:
    """With the finding ignored."""
    (person.home / "job.sh").write_text(JOB)
    (person.home / "binary.sh").write_bytes(b"\0")

    said = person.types("inv", "hygiene.lint", "--ignore=ST101")

    assert said.exit_code == 0, said.stderr
    assert said.stdout == "1 script, 0 findings\n"
    assert said.stderr == "warning: skipped binary.sh: it holds NUL bytes: no script\n"
