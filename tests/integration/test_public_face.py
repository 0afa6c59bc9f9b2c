"""What a runbook may import says what it is, and its examples happen."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from invoke import Context

from docs import calls, stubs
from ssh_transport import errors
from ssh_transport.platforms import profiles
from tasks import config, hygiene, keys, secrets, transfer
from tests.docs.play import DOCS
from tests.support import json_examples
from tests.support.platform_command import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

SPACES = {"config": config, "hygiene": hygiene, "keys": keys, "secrets": secrets, "transfer": transfer}
EXAMPLES = json.loads(stubs.EXAMPLES.read_text(encoding="utf-8"))
PAGE = (DOCS / "api.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^\.\. auto(?:class|exception):: (\S+)\.(\w+)$", PAGE, re.MULTILINE)
CLASSES = [getattr(importlib.import_module(module), name) for module, name in NAMED]


@pytest.fixture
def _things(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the examples find: two files on a box, another box that is off, a file and a work tree here."""
    for name in ("a", "run/a"):
        (box.home / "ck" / name).parent.mkdir(exist_ok=True, parents=True)
        (box.home / "ck" / name).write_text("weights")
    (person.home / "mine").mkdir()
    (person.home / "mine" / "b").write_text("data")
    subprocess.run(["git", "init", "-q", person.home / "repo"], check=True)
    person.adds_alias("proj-2", 1)
    own = person.home / ".config" / "ssh-transport" / "profiles"
    own.mkdir(parents=True)
    (own / "vastai.toml").write_text(LISTS)
    monkeypatch.setenv("HOME", str(person.home))
    monkeypatch.chdir(person.home)
    profiles.all_profiles.cache_clear()
    yield
    profiles.all_profiles.cache_clear()


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("public", CLASSES, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_the_example_of_a_class_is_what_happens(public: type) -> None:
    """Against a real box."""
    known = {**SPACES, "c": Context(), "errors": errors, "msgspec": msgspec, public.__name__: public}
    found = doctest.DocTestParser().get_doctest(inspect.getdoc(public) or "", known, public.__name__, None, 0)
    said: list[str] = []

    doctest.DocTestRunner(verbose=False).run(found, out=said.append)

    assert found.examples
    assert said == []


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_call_of_a_task_returns_what_its_page_says(name: str) -> None:
    """Or fails as the command line of the same page does."""
    entry = EXAMPLES[name]["document"]["tasks"][0]
    (outcome,) = entry.get("boxes", {"": entry}).values()
    found = called(calls.call(json_examples.own(EXAMPLES[name]["typed"])))
    one = found[0] if isinstance(found, list) and found else found

    if isinstance(one, errors.TaskError):
        assert "error" in outcome, one
        assert outcome["error"]["class"] == type(one).__name__
    else:
        assert "error" not in outcome
        assert {kind.__name__ for kind in type(one).__mro__} & set(re.findall(r"\w+", stubs.RESULTS[name]))


def called(line: str) -> Any:
    """Return what a call returns, or its error."""
    try:
        return eval(line, {**SPACES, "c": Context()})  # noqa: S307 - it is of our pages
    except errors.TaskError as error:
        return error


@pytest.mark.parametrize("public", CLASSES, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_every_field_of_a_class_has_its_meaning(public: type) -> None:
    told = re.findall(r":ivar (\w+):", inspect.getdoc(public) or "")
    fields = list(getattr(public, "__dataclass_fields__", {})) or list(getattr(public, "__struct_fields__", ()))

    assert [name for name in fields if not name.startswith("_") and name not in told] == []
    assert not fields or [name for name in told if name not in fields] == []


def test_all_that_a_task_returns_is_on_the_page() -> None:
    returned = " ".join([*stubs.RESULTS.values(), *stubs.PLANS.values(), *stubs.OF_EACH.values()])
    wanted = set(re.findall(r"[A-Z]\w+", returned))

    assert wanted <= {name for _, name in NAMED}
