"""A comparison that can't be done is refused before the first byte, and its result is shown whatever comes after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.tools import only_has, runs_nothing

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.mark.parametrize(("weak", "exit_code"), [("runs no commands", 16), ("neither python3 nor find", 31)])
@pytest.mark.parametrize("task", ["pull", "push"])
def test_verify_is_refused_before_the_copy_where_it_can_not_be(
    task: str, weak: str, exit_code: int, box: Sshd, person: Person
) -> None:
    source, target = (box.home, person.home) if task == "pull" else (person.home, box.home)
    (source / "ckpt").mkdir()
    (source / "ckpt" / "weights").write_text("w")
    if exit_code == 16:
        runs_nothing(box)
    else:
        only_has(box)
    words = ("fab", "-H", "proj-1", f"transfer.{task}", f"--path={'' if task == 'pull' else './'}ckpt", "--to=new/")

    refused = person.types(*words, "--verify")
    there = (target / "new").exists()
    plain = person.types(*words)

    assert (refused.exit_code, there) == (exit_code, False), refused.stderr
    assert weak in refused.stderr
    assert "hint: leave out --verify" in refused.stderr
    assert plain.exit_code == 0, plain.stderr
    assert (target / "new" / "ckpt" / "weights").exists()
