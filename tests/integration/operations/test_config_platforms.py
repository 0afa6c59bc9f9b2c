"""What is known of the platform of an alias, or guessed, and what a person is told to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.person import Person

STRING = "ssh -p 38076 root@connect.westb.seetacloud.com"


def test_an_endpoint_for_people_is_refused_before_it_is_tried(person: Person) -> None:
    """The platform's profile knows that nothing can be copied there, and says what to copy instead."""
    profiles = person.home / ".config" / "ssh-transport" / "profiles"
    profiles.mkdir(parents=True)
    weak = '[[endpoints]]\nname = "menu"\ncapabilities = []\nbetter = "take another"\n'
    (profiles / "generic.toml").write_text(weak)
    person.makes_key()
    person.adds_alias("pod-1", 1)

    said = person.types("fab", "-H", "pod-1", "transfer.pull", "--path=/workspace")

    assert said.exit_code == 16
    assert "menu endpoint" in said.stderr
    assert "take another" in said.stderr


def test_an_ambiguous_address_is_generic_unless_named(person: Person) -> None:
    """And says so."""
    generic = person.types("inv", "config.add", "a", "ssh -p 41234 root@203.0.113.7")
    told = person.types("inv", "config.add", "b", "ssh -p 41234 root@203.0.113.7", "--profile=runpod")
    wrong = person.types("inv", "config.add", "c", "ssh -p 41234 root@203.0.113.7", "--profile=nope")

    assert generic.stderr.startswith("platform generic: not recognised; `--profile` can name it\n")
    assert told.stdout.startswith("alias b-1, platform runpod: ")
    assert wrong.exit_code == 2
    assert person.types("inv", "config.show", "b-1", "--json").json["platform"] == "runpod"


def test_profiles_and_known_problems_can_be_read(person: Person) -> None:
    """As a list, one by one, and by id; ids in any case."""
    listed = person.types("inv", "config.profiles")
    one = person.types("inv", "config.profiles", "runpod", "--json").json
    problem = person.types("inv", "config.explain", "t6", "--json").json
    unknown = person.types("inv", "config.explain", "T66")

    assert len(listed.stdout.splitlines()) == 18
    assert one["slug"] == "runpod"
    assert problem["id"] == "T6"
    assert "did you mean T6" in unknown.stderr


def test_of_two_endpoints_both_are_told(person: Person) -> None:
    """The direct one is taken, and the shell-only proxy named."""
    said = person.types(
        *("inv", "config.add", "pod"),
        "ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io\nssh root@203.0.113.12 -p 17445",
    )

    assert said.stdout.endswith(": root@203.0.113.12:17445\n")
    assert "taken: ssh -p 17445 root@203.0.113.12\n" in said.stderr
    assert "not taken: ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io\n" in said.stderr


def test_a_success_says_what_to_type_next(person: Person) -> None:
    """A password box gets the key first, a box with a key is tried, and so is one that gives a terminal alone."""
    password = person.types("inv", "config.add", "a", STRING)
    key = person.types("inv", "config.add", "b", "ssh -p 12345 root@ssh5.vast.ai")
    shell = person.types("inv", "config.add", "c", "ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io")
    moved = person.types("inv", "config.update", "a-1", "40000")

    assert password.stderr.endswith("next: inv keys.generate && inv keys.push --on a-1\n")
    made = "next: inv keys.generate, put its .pub into the console, then: inv keys.check --on"
    assert key.stderr.endswith(f"{made} b-1\n")
    assert "SSH over exposed TCP" in shell.stderr
    assert shell.stderr.endswith(f"{made} c-1\n")
    assert moved.stderr.endswith("next: inv keys.check --on a-1\n")


def test_a_guess_is_called_one(person: Person) -> None:
    """A user `ubuntu` at an address is a VM of anyone's."""
    said = person.types("inv", "config.add", "a", "ssh ubuntu@203.0.113.9")

    assert said.stdout == "alias a-1, platform vm: ubuntu@203.0.113.9:22\n"
    assert "platform vm: a guess by its user" in said.stderr


def test_a_guess_does_not_replace_a_name(person: Person) -> None:
    """Who said `lambda` knows better than a user `ubuntu` does; a host of another platform does replace it."""
    person.types("inv", "config.add", "a", "ssh ubuntu@203.0.113.9", "--profile=lambda")
    moved = person.types("inv", "config.update", "a-1", "ssh ubuntu@203.0.113.10")
    other = person.types("inv", "config.update", "a-1", STRING)

    assert moved.stdout.startswith("alias a-1, platform lambda: ")
    assert other.stdout.startswith("alias a-1, platform autodl: ")


def test_known_problems_are_listed_by_theme(person: Person) -> None:
    """Those of any box first; one that has no theme is its platform's; and by what was said."""
    said = person.types("inv", "config.explain")
    runpod = person.types("inv", "config.explain", "runpod")
    reset = person.types("inv", "config.explain", "Connection reset by peer", "--json").json
    themes = person.types("inv", "config.explain", "--json").json

    assert said.stdout.startswith("Boxes and what runs on them   B1 B2 ")
    assert "inv config.explain 'Connection reset by peer'" in said.stderr
    assert runpod.stdout.startswith("RunPod\n  R1    The box complains of a missing PTY")
    assert reset["id"] == "N8"
    assert [problem["id"] for theme in themes for problem in theme["problems"]][:2] == ["B1", "B2"]
    assert all(problem["fix"] for theme in themes for problem in theme["problems"])
