"""The pages that are made from the code have all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from docs.site import exit_codes, pages
from docs.site.fields import as_table
from docs.site.links import on_site
from docs.site.problem_pages import words_of
from docs.site.transcripts import aligned
from ssh_transport.platforms.profiles import all_profiles
from tasks import ns
from tests.docs.play import DOCS

if TYPE_CHECKING:
    from pathlib import Path

TASKS = {task.full_name: task for space in ns.collections.values() for task in space.tasks.values()}
MADE = pages.made()
# docs/words.md says why.
FORBIDDEN = re.compile(r"\b(please|successfully|simply|obviously|whitelist|blacklist)\b|[a-z]!(?:\s|$)", re.IGNORECASE)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_page_with_every_flag_and_its_meaning(name: str) -> None:
    page = MADE[f"tasks/{name}.md"]

    for flag, meaning in TASKS[name].help.items():
        assert flag.strip("_").replace("_", "-") in page
        assert " ".join(meaning.split()).replace("|", "\\|") in page


def test_every_platform_and_every_known_problem_has_its_place() -> None:
    for slug, profile in all_profiles().items():
        assert f"platforms/{slug}.md" in MADE
        for problem in profile.known_problems:
            assert f"({problem.id.lower()})=\n### {problem.id}: " in MADE["problems/index.md"]


def test_a_task_that_goes_to_a_box_may_find_nobody_there() -> None:
    def codes(name: str) -> set[int]:
        return {cls.exit_code for cls in exit_codes.codes(TASKS[name])}

    assert {2, 11, 13, 14, 27} <= codes("transfer.pull")
    assert 11 not in codes("keys.generate")
    assert 7 in codes("transfer.push")


def test_a_pattern_is_shown_as_the_words_that_it_stands_for() -> None:
    assert words_of(r"\brsync: (?:command )?not found") == "rsync: command not found"
    assert words_of(r"ssh: connect to (?:host|address) \S+ port \d+: Connection refused") == (
        "ssh: connect to host / address … port … : Connection refused"
    )


def test_a_link_leads_to_the_page_that_is_made_of_what_it_names() -> None:
    """In a checkout there are only the tables and profiles."""
    written = "[a](reference.md#tasks) [b](../profiles/runpod.toml) [c](reference.md#settings) [d](https://x/y#tasks)"
    deeper = "[a](../reference.md#known-problems) [b](../../profiles/runpod.toml) [c](pull.md#x)"

    assert on_site("start.md", written) == (
        "[a](tasks/index.md) [b](platforms/runpod.md) [c](reference.md#settings) [d](https://x/y#tasks)"
    )
    assert on_site("how-to/pull.md", deeper) == "[a](../problems/index.md) [b](../platforms/runpod.md) [c](pull.md#x)"


def test_a_transcript_has_columns_where_a_program_has_tabs() -> None:
    page = "a\tb\n```console\n$ x\none\ttwo\tthree\n4\t\t5\nend\n```\n"

    assert aligned(page) == "a\tb\n```console\n$ x\none  two  three\n4         5\nend\n```\n"


def test_the_fields_of_a_class_are_a_table_with_types() -> None:
    class Kind:
        """One."""

        size: int
        names: tuple[str, ...]

    said = ["One.", "", ":ivar size: how large", "    it is.", ":ivar names: of it.", "", ">>> x"]

    table = as_table(Kind, said)

    assert table[:2] == ["One.", ""]
    assert "\n".join(table[5:9]) == (
        "   * - ``size``\n     - ``int``: how large it is.\n   * - ``names``\n     - ``tuple[str, ...]``: of it."
    )
    assert table[-1] == ">>> x"
    assert as_table(Kind, ["One."]) == ["One."]


@pytest.mark.parametrize("path", [*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md")], ids=lambda path: path.name)
def test_a_page_is_written_in_our_words(path: Path) -> None:
    text = re.sub(r"`[^`]*`|```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert path.name == "words.md" or not FORBIDDEN.findall(text)


def test_the_help_of_every_flag_is_written_in_our_words() -> None:
    said = [text for task in TASKS.values() for text in (*task.help.values(), task.body.__doc__ or "")]

    assert [text for text in said if FORBIDDEN.search(text)] == []
