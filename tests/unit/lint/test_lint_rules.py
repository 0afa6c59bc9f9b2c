"""Each rule of the linter strikes at what it is about, and at nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.tables import LINT, current
from ssh_transport.lint import own
from ssh_transport.lint.rules import RULES
from tests.support.bad_scripts import BAD
from tests.support.good_scripts import GOOD

if TYPE_CHECKING:
    from ssh_transport.lint.rule import Rule

HEAD = "#!/usr/bin/env bash\nset -u\n"


def ids(text: str) -> set[str]:
    return {finding.id for finding in own.findings("job.sh", text.encode())}


def test_every_rule_has_examples_of_both_kinds() -> None:
    """At least three scripts that it is about, five that look alike."""
    for rule in RULES:
        assert len(BAD[rule.id]) >= 3
        assert len(GOOD[rule.id]) >= 5


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_a_rule_strikes(rule: str, text: str) -> None:
    """Once or more often."""
    assert rule in ids(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in GOOD.items() for text in texts])
def test_a_rule_is_silent(rule: str, text: str) -> None:
    """What looks alike is no finding."""
    assert rule not in ids(text)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.is_contract], ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_are_what_they_say(rule: Rule) -> None:
    """The bad one is a finding, the good one is none of any rule."""
    body = "\ndate\nEOF" if "<<" in rule.bad else ""

    assert rule.id in ids(f"{HEAD}{rule.bad}{body}\n")
    assert ids(f"{HEAD}{rule.good}\n") == set()


def test_the_page_of_the_rules_is_current() -> None:
    """`python -m docs.tables` has nothing to write."""
    page = LINT.read_text()

    assert current(page) == page
    assert all(f"| {rule.id} |" in page for rule in RULES)
