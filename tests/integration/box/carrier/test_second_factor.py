"""A box that wants a code behind the key: asked for at the terminal, once for all tasks of a command line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.at_a_terminal import answers
from tests.support.mounts import apart, need_root
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person

CODE = "123456"
pytestmark = pytest.mark.mounts
# Of sshd's mount namespace alone: the machine's own stack is not touched. Only root can do so.
PAM = """\
auth required pam_exec.so expose_authtok quiet {check}
auth required pam_permit.so
account required pam_permit.so
session required pam_permit.so
"""
CHECK = f"""\
#!/bin/sh
[ "$(tr -d '\\0')" = {CODE} ]
"""
EXTRA = "UsePAM yes\nKbdInteractiveAuthentication yes\nAuthenticationMethods publickey,keyboard-interactive\n"


@contextlib.contextmanager
def asking(tmp_path: Path, person: Person, alias: str) -> Iterator[Sshd]:
    """Yield a box that does so."""
    need_root("sshd asks PAM")
    (tmp_path / "box").mkdir()
    check, stack = tmp_path / "check", tmp_path / "stack"
    check.write_text(CHECK)
    check.chmod(0o755)
    stack.write_text(PAM.format(check=check))
    mounted = 'mount --bind "$1" /etc/pam.d/sshd && shift && exec "$@"'
    with Sshd(tmp_path / "box", extra=EXTRA, under=apart(mounted, str(stack))) as server:
        lets_in(server, person)
        person.adds_alias(alias, server.port, server.user)
        with (person.ssh / "known_hosts").open("a") as known:
            known.write(f"{alias} {server.host_key_line}\n")
        (server.home / "x").write_text("x")
        yield server


@pytest.fixture
def box(tmp_path: Path, person: Person) -> Iterator[Sshd]:
    with asking(tmp_path, person, "proj-1") as server:
        yield server


@pytest.fixture
def another_box(tmp_path: Path, person: Person, box: Sshd) -> Iterator[Sshd]:
    (tmp_path / "another").mkdir()
    with asking(tmp_path / "another", person, "proj-2") as server:
        yield server


def test_without_a_terminal_it_is_said_what_is_asked_for(box: Sshd, person: Person) -> None:
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x")

    assert said.exit_code == 13
    assert "`proj-1` has taken the key, and asks for a second factor" in said.stderr
    assert "keys.push" not in said.stderr
    assert "Accepted" not in box.log.read_text().replace("Accepted key", "")


@pytest.mark.parametrize(("typed", "code"), [(CODE, 0), ("654321", 13)], ids=["right", "wrong"])
def test_at_a_terminal_it_is_asked_for_once(typed: str, code: int, box: Sshd, person: Person) -> None:
    words = ("fab", "-H", "proj-1", "transfer.pull", "--path=x", "--to=here/", "secrets.list")

    said = answers(person, words, "Password: ", typed)

    assert said.exit_code == code, said.stdout
    assert said.stdout.count("(root@proj-1) Password: ") == 1
    assert typed not in said.stdout
    assert (person.home / "here" / "x").exists() == (code == 0)
    assert box.log.read_text().count("Accepted keyboard-interactive") == (code == 0)


def test_of_two_boxes_one_asks_at_a_time_and_both_have_their_answer(
    box: Sshd, another_box: Sshd, person: Person
) -> None:
    """Each is first tried without, and logs in anew when it is its turn to ask; the second task asks nothing."""
    words = ("fab", "-H", "proj-1,proj-2", "transfer.pull", "--path=x", "secrets.list")

    said = answers(person, words, "Password: ", CODE, CODE)

    assert said.exit_code == 0, said.stdout
    assert said.stdout.count("Password: ") == 2
    assert all(said.stdout.count(f"(root@{name}) Password: ") == 1 for name in ("proj-1", "proj-2"))
    assert all((person.home / name / "x").exists() for name in ("proj-1", "proj-2"))
