"""A push of a secret that is killed: the old value or the new one is there, private, and the next push cleans up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.killed_pushes import KINDS, WAYS, KilledPushes, without_sftp

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.mark.parametrize(
    ("way", "kind", "part"),
    [(WAYS[0], "file", 0.6), (WAYS[0], "netrc", 0.9), (WAYS[1], "file", 0.8), (WAYS[1], "netrc", 0.7)],
)
def test_a_killed_push_leaves_the_old_value_or_the_new_one(
    way: str, kind: str, part: float, box: Sshd, person: Person
) -> None:
    """More moments: ``python -m benchmarks.secret_kills``."""
    if way == "exec":
        without_sftp(box)
    pushes = KilledPushes(person, box, "proj-1", KINDS[kind])

    seen = pushes.kill_after(part * pushes.span_s())

    assert seen.wrong == ()
    assert seen.is_new is not None
