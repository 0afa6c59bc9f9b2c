"""With a first pull over several connections, all log in together, as soon as a box far off has shown its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

DELAY_S = 0.05
WORDS = ("fab", "-H", "far-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=3")
COME, LET_IN, WANTS_IN = "Connection from ", "Accepted publickey", "method none"


@pytest.fixture
def far(box: Sshd, person: Person) -> Iterator[Sshd]:
    """A box far off, and something there that is larger than what one login would be enough for."""
    (box.home / "weights").write_bytes(b"x" * 300_000)
    with Link(box.port, delay_s=DELAY_S) as link:
        person.adds_alias("far", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"far-1 {box.host_key_line}\n")
        yield box


def lines(box: Sshd, *words: str) -> list[str]:
    """Return which of the words the box has logged, in its order."""
    return [word for line in box.log.read_text().splitlines() for word in words if word in line]


def test_the_others_are_under_way_before_the_first_is_let_in(far: Sshd, person: Person) -> None:
    copied = person.types(*WORDS)
    first = lines(far, COME, LET_IN)
    again = person.types(*WORDS)

    assert (copied.exit_code, again.exit_code) == (0, 0), copied.stderr + again.stderr
    assert first == [COME] * 3 + [LET_IN] * 3
    # What is there is no first pull: there may be nothing to carry.
    assert lines(far, LET_IN) == [LET_IN] * 4
    assert (person.home / "here" / "weights").read_bytes() == b"x" * 300_000


def test_where_the_first_is_refused_no_other_asks_to_be_let_in(far: Sshd, person: Person) -> None:
    (far.home / ".ssh" / "authorized_keys").write_text("")
    refused = person.types(*WORDS)

    assert refused.exit_code == 13, refused.stderr
    assert lines(far, COME) == [COME] * 3
    assert lines(far, WANTS_IN) == [WANTS_IN]
    until(lambda: not far.sessions())


def test_where_the_host_key_is_another_none_comes(far: Sshd, person: Person) -> None:
    key = (person.ssh / "id_ed25519.pub").read_text()
    (person.ssh / "known_hosts").write_text(f"far-1 {key}")
    refused = person.types(*WORDS)

    assert refused.exit_code == 14, refused.stderr
    assert lines(far, COME) == [COME]


def test_a_box_that_is_near_is_logged_in_to_first(box: Sshd, person: Person) -> None:
    """There nothing is gained, and a refusal would come too late for the others."""
    (box.home / "weights").write_bytes(b"x" * 300_000)
    copied = person.types(*("proj-1" if word == "far-1" else word for word in WORDS))

    assert copied.exit_code == 0, copied.stderr
    assert lines(box, COME, LET_IN)[:2] == [COME, LET_IN]
