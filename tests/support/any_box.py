"""Boxes that a person knows, and all that must work on each: whatever its shells and servers are, and how far it is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from demo.link import Link
from tests.conftest import lets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .person import Person
    from .sshd import Sshd

DATA = bytes(range(256)) * 400
# Half a way there and back. Where a box is near no session waits for a script, and rented boxes are not near.
DELAY_S = 0.01


@contextlib.contextmanager
def known(box: Sshd, person: Person, delay_s: float = 0) -> Iterator[Sshd]:
    """A box that the person can log in to, with something to fetch."""
    with box, contextlib.ExitStack() as stack:
        lets_in(box, person)
        port = stack.enter_context(Link(box.port, delay_s=delay_s)).port if delay_s else box.port
        person.adds_alias("proj-1", port, box.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\n")
        (box.home / "ck").mkdir()
        (box.home / "ck" / "it's $HOME!").write_bytes(DATA)
        yield box


def does_all(person: Person, box: Sshd, **env: str) -> None:
    """Check, fetch and prove, bring back, bring a secret, look for secrets, stop nothing."""
    steps = [
        person.types("fab", "-H", "proj-1", *words, stdin="s3cret\n", env=env)
        for words in (
            ("keys.check",),
            ("transfer.pull", "--path=ck/", "--to=here", "--verify"),
            ("transfer.push", "--path=here/", "--to=up"),
            ("transfer.push", "--path=here/", "--to=by-sftp", "--engine=sftp"),
            ("secrets.push", "K", "--to=~/.k_key"),
            ("hygiene.stop", "no-such-program-at-all"),
        )
    ]
    assert [said.exit_code for said in steps] == [0] * len(steps), "\n".join(said.stderr for said in steps)
    for place in (person.home / "here", box.home / "up", box.home / "by-sftp"):
        assert [file.read_bytes() for file in place.iterdir()] == [DATA]
    assert (box.home / ".k_key").read_text() == "s3cret\n"
    assert sorted(path.name for path in box.home.iterdir() if path.name.startswith(("~", "1"))) == []
