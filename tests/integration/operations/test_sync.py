"""`config.sync` as a person types it, with a stand-in for the platform's command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.platform_command import command, stand_in

if TYPE_CHECKING:
    from tests.support.person import Person, Said


def syncs(person: Person, *words: str) -> Said:
    path = f"{person.home / 'bin'}:{os.environ['PATH']}"
    return person.types("inv", "config.sync", *words, env={"PATH": path})


@pytest.fixture(autouse=True)
def _vastai(person: Person) -> None:
    stand_in(person.home / "bin", "vastai")


def test_boxes_become_aliases_and_a_group(person: Person) -> None:
    """What is said can be typed next: the group names them all."""
    dry = syncs(person, "vastai", "--dry-run")
    assert not (person.ssh / "config").exists()
    said = syncs(person, "vastai")
    again = syncs(person, "vastai", "--json")
    listed = person.types("inv", "config.list")

    assert dry.stdout.splitlines()[1] == "would add\tvastai-train\troot@203.0.113.7:41234\t12345\ttrain"
    assert said.stdout.splitlines() == [
        "change\talias\taddress\tinstance\tlabel",
        "added\tvastai-train\troot@203.0.113.7:41234\t12345\ttrain",
        "added\tvastai-1\troot@ssh6.vast.ai:22347\t12346\t",
        "added\tvastai-2\troot@ssh7.vast.ai:32346\t12347\t",
        "no address\t\t\t12348\tlater",
    ]
    assert said.stderr == "next: inv keys.check --on @vastai\n"
    assert not again.json["made"]
    assert listed.stdout.splitlines()[-1] == "vastai-train\tvastai\tdirect\troot@203.0.113.7:41234\t@vastai"
    assert "not-to-be-kept" not in said.stdout + said.stderr + (person.ssh / "config").read_text()


def test_what_is_gone_or_moved_is_told_with_what_to_type(person: Person) -> None:
    """A box that was made anew has another host key."""
    syncs(person, "vastai", "--group=gpus")
    box = '{"id": 12346, "public_ipaddr": "203.0.113.99", "ports": {"22/tcp": [{"HostPort": "7"}]}}'
    command(person.home / "bin", "vastai", f"echo '[{box}]'\n")

    said = syncs(person, "vastai")

    assert said.stdout.splitlines()[1] == "moved\tgpus-1\troot@203.0.113.99:7\t12346\t"
    assert "vastai no longer lists the box of gpus-train: inv config.remove gpus-train" in said.stderr
    assert "inv config.forget gpus-1" in said.stderr


def test_what_can_not_be_read_is_an_error_after_the_others_are_done(person: Person) -> None:
    """The part of the listing is named, and its boxes; the rest has its aliases, and a named user."""
    syncs(person, "vastai")
    good = '{"id": 12346, "ssh_host": "ssh6.vast.ai", "ssh_port": 22346}'
    bad = '{"id": 12345, "ssh_host": "ssh6.vast.ai", "ssh_port": 65536}'
    command(person.home / "bin", "vastai", f"echo '[{good}, {bad}]'\n")

    said = syncs(person, "vastai", "--user=me")

    assert said.exit_code == 20
    assert said.stdout.splitlines()[1:3] == [
        "moved\tvastai-1\tme@ssh6.vast.ai:22346\t12346\t",
        "unread\tvastai-train\t\t12345\t",
    ]
    assert "  cause: there is no address or port at `ssh_port` of 12345\n" in said.stderr


@pytest.mark.parametrize(
    ("words", "exit_code", "message"),
    [
        (("vastia",), 2, "did you mean vastai?"),
        (("autodl",), 2, "AutoDL has no command that lists boxes"),
        (("vastai", "--group=all"), 2, "`all` is no name for a group"),
        (("vastai", "--group=-x"), 2, "`-x` is no name for a group"),
        (("vastai", "--user=a b"), 5, "the user is no login name"),
        (("runpod",), 31, "`runpodctl` is not installed"),
    ],
)
def test_a_slip_is_told_before_anything_is_asked(
    words: tuple[str, ...], exit_code: int, message: str, person: Person
) -> None:
    """And nothing is written."""
    said = syncs(person, *words)

    assert (said.exit_code, message in said.stderr) == (exit_code, True), said.stderr
    assert not (person.ssh / "config").exists()
