"""A checkout: `fab` and `inv` find the tasks, and the tasks stand in nobody's way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("program", ["fab", "inv"])
def test_a_checkout_lists_the_tasks(program: str, person: Person) -> None:
    """`fab` and `inv` work in the checkout itself."""
    said = person.types(program, "--list", cwd=CHECKOUT)

    assert said.exit_code == 0, said.stderr
    assert "transfer.pull" in said.stdout
    assert "config.list" in said.stdout


def test_our_task_modules_do_not_stand_in_for_the_standard_library(person: Person) -> None:
    """`inv` puts `tasks/` on the path; what libraries import is still theirs."""
    code = (
        "import sys; from invoke.main import program\n"
        "program.run('inv --list', exit=False)\n"
        "import secrets; print(secrets.__file__)\n"
        "import importlib.util; print(importlib.util.find_spec('transfer'))\n"
    )

    said = person.types("python", "-c", code, cwd=CHECKOUT)

    assert said.exit_code == 0, said.stderr
    assert str(CHECKOUT) not in said.stdout.splitlines()[-2]
    assert said.stdout.splitlines()[-1] == "None"
