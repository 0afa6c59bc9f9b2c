"""Several scripts in one round trip: each has its answer, packed or not, and the first that fails is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box import together
from ssh_transport.box.together import Question
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import CommandFailed, Incomplete, ToolMissing
from tests.support.tools import only_has

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.sshd import Sshd

LIMITS: dict[str, Any] = {"limit_bytes": 1 << 20, "silence_s": 30, "timeout_s": 30}
BYTES = "printf '\\000\\001\\377\\n'; seq 9999"


@pytest.fixture(params=["packed", "plain"])
def there_(request: pytest.FixtureRequest, there: Box, box: Sshd) -> Box:
    """Return a box with gzip, or without."""
    only_has(box, "seq", *(["gzip"] if request.param == "packed" else []))
    return there


def test_each_has_its_answer_to_the_last_byte(there_: Box) -> None:
    said = together.run(there_, [Question('printf %s "$1"', ["a b\n"]), Question(BYTES, [])], **LIMITS)

    assert said == [b"a b\n", b"\0\1\xff\n" + b"".join(b"%d\n" % n for n in range(1, 10_000))]


def test_the_first_that_fails_is_told_with_its_words(there_: Box) -> None:
    with pytest.raises(CommandFailed, match="exit code 7") as caught:
        together.run(there_, [Question("echo why >&2; exit 7", []), Question("echo on", [])], **LIMITS)

    assert caught.value.cause == "why"


def test_a_tool_of_any_is_tried_before_all(there_: Box, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    questions = [Question(f"rm {tmp_path}/there", []), Question(relying_on("echo on", "cat", "find"), [])]
    with pytest.raises(ToolMissing, match="no `find` that can be relied on"):
        together.run(there_, questions, **LIMITS)

    assert (tmp_path / "there").exists()


def test_an_answer_that_is_too_much_is_none(there_: Box) -> None:
    with pytest.raises(Incomplete):
        together.run(there_, [Question(BYTES, [])], **LIMITS | {"limit_bytes": 1 << 15})
