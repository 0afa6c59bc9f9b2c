"""Endpoints that can do less than a plain sshd: found out, said, and worked around or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.box import EmbeddedBox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


# What is at the terminal of a proxy that gives a person no shell either.
NO_SHELL = ("/bin/echo", "This pod is stopped")


def let_in(person: Person, home: Path) -> None:
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "authorized_keys").write_text(person.makes_key())


def test_without_the_sftp_subsystem_rsync_still_copies(person: Person, tmp_path: Path) -> None:
    """SFTP is only needed where rsync is missing."""
    let_in(person, tmp_path / "home")
    (tmp_path / "home" / "x").write_text("x")
    with EmbeddedBox(home=tmp_path / "home", sftp=False) as server:
        person.adds_alias("proj-1", server.port)

        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x", "--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == "rsync"


def test_with_neither_rsync_nor_sftp_a_copy_is_refused(person: Person, tmp_path: Path) -> None:
    """And the way to a better endpoint is the hint."""
    let_in(person, tmp_path / "home")
    with EmbeddedBox(home=tmp_path / "home", sftp=False, pty_required=True, at_terminal=NO_SHELL) as server:
        person.adds_alias("proj-1", server.port)

        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x")

    assert said.exit_code == 16, said.stderr
    assert "direct TCP endpoint" in said.stderr


def test_a_slow_proxy_is_warned_about_before_a_large_copy(box: Sshd, person: Person) -> None:
    """What is large, and what is better, is data; here from the user's own profile."""
    profiles = person.home / ".config" / "ssh-transport" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "generic.toml").write_text(
        '[[endpoints]]\nname = "crawling"\ncapabilities = ["exec", "sftp", "rsync"]\n'
        'slow_over_bytes = 10\nbetter = "take the other road"\n'
    )
    (box.home / "small").write_text("x")
    (box.home / "large").write_text("x" * 100)

    small = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=small")
    large = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=large")

    assert "warning" not in small.stderr
    assert "warning: a bare SSH box's crawling endpoint is slow for 100 B: take the other road" in large.stderr
