"""Settings, flags and runbooks that make no sense are answered in our own words, and by no traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.message import fields

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("--path=", "--to=x"), 2, "error: a path is empty"),
        (("--path=x", "--bwlimit=fast"), 2, "error: `fast` is no rate"),
        (("--path=x", "--on=a b"), 2, "error: `a b` is no name of a box"),
        (("--path=x", "--on=-oProxyCommand=id"), 5, "error: can't read the connection string"),
    ],
)
def test_bad_input_is_refused_before_anything_is_touched(
    words: tuple[str, ...], code: int, what: str, person: Person
) -> None:
    """No connection is tried."""
    on = () if any(word.startswith("--on") for word in words) else ("--on=proj-1",)
    person.adds_alias("proj-1", 1)

    said = person.types("inv", "transfer.pull", *words, *on)

    assert (code, what) == (said.exit_code, fields(said.stderr)[0])


class Nonsense(NamedTuple):
    """Settings and flags that make no sense, and what is said of them."""

    settings: str
    words: tuple[str, ...]
    code: int
    what: str


NONSENSE = {
    "a word for a number": Nonsense(
        "transfer: {attempts: x}", (), 4, "error: `transfer.attempts` is 'x', not of type int"
    ),
    "a number for the boxes": Nonsense("boxes: 5", ("--on=",), 4, "error: `boxes` is 5, not a list of names"),
    "numbers for the boxes": Nonsense("boxes: [1]", ("--on=",), 4, "error: `boxes` is [1], not a list of names"),
    "negative patience": Nonsense(
        "", ("--attempts=-1",), 2, "error: `--attempts` and `--give-up-after` can't be negative"
    ),
    "a host of 300 letters": Nonsense("", (f"--on={'x' * 300}",), 10, f"error: could not connect to `{'x' * 300}`"),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_answered_in_our_own_words(nonsense: Nonsense, box: Sshd, person: Person) -> None:
    """One message, no traceback, nothing stumbles."""
    (box.home / "x").write_text("x")
    (person.home / "invoke.yaml").write_text(nonsense.settings + "\n")
    on = () if any(word.startswith("--on") for word in nonsense.words) else ("--on=proj-1",)

    said = person.types("inv", "transfer.pull", "--path=x", *on, *nonsense.words)

    assert (nonsense.code, nonsense.what) == (said.exit_code, fields(said.stderr)[0])
    assert "Traceback" not in said.stderr
    assert "stumbled" not in said.stderr


@pytest.mark.parametrize("program", ["fab", "inv"])
@pytest.mark.parametrize(
    ("settings", "words", "code"), [("", ("--attempts=abc",), 2), ("a: [", (), 4)], ids=["no number", "no YAML"]
)
def test_what_invoke_lets_through_is_no_traceback(
    settings: str, words: tuple[str, ...], code: int, program: str, person: Person
) -> None:
    """A flag that is no number and a broken settings file are met before any task runs."""
    for name in ("fabric.yaml", "invoke.yaml"):
        (person.home / name).write_text(settings + "\n")

    said = person.types(program, "transfer.pull", "--path=x", "--on=proj-1", *words)

    assert said.exit_code == code
    assert said.stderr.startswith("error: ")
    assert "hint: " in said.stderr
    assert "Traceback" not in said.stderr


WIRED = """\
from invoke import Collection, task
from ssh_transport.tasks import keys

@task
def deploy(c):
    pass

ns = Collection(keys, deploy)
"""


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ("ns.add_collection(Collection())", 'give it one: ns.add_collection(theirs, name="theirs")'),
        ("ns.add_collection(Collection('deploy'))", "let one of the two have another name"),
    ],
    ids=["without a name", "of a name that is taken"],
)
def test_tasks_that_do_not_fit_together_are_told_with_what_to_write(added: str, says: str, person: Person) -> None:
    (person.home / "fabfile.py").write_text(f"{WIRED}{added}\n")

    said = person.types("fab", "--list")

    assert said.exit_code == 2
    assert "fabfile.py" in said.stderr
    assert says in said.stderr
