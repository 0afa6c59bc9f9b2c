"""What the developer's shell is set up for changes nothing in what is tested."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssh_transport.operations.alias import AliasSettings, ensure_alias
from ssh_transport.platforms.endpoint import Endpoint
from tests.support.person import Person
from tests.support.surroundings import forget_the_developers

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NAMES = ["FORCE_COLOR", "GIT_DIR", "INVOKE_RUN_ECHO", "PIP_INDEX_URL", "PYTHONUNBUFFERED", "RSYNC_RSH", "SSH_AUTH_SOCK"]
SHOW = "import os, sys; print(*sorted(set(sys.argv[1:]) & set(os.environ)))"


def test_a_persons_programs_see_none_of_the_developers_variables(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PYTHONUNBUFFERED` hides what is never flushed, `RSYNC_RSH` goes round `ssh`; but what a test sets is there."""
    for name in NAMES:
        monkeypatch.setenv(name, "the developer's")

    said = person.types("python", "-c", SHOW, *NAMES, env={"RSYNC_RSH": "the test's"})

    assert said.stdout.split() == ["RSYNC_RSH"]


def test_the_tests_own_process_forgets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it starts by itself inherits them otherwise. One of that kind is ours: `script/build` sets it."""
    for name in (*NAMES, "SSH_TRANSPORT_CHECKOUT"):
        monkeypatch.setenv(name, "the developer's")

    forget_the_developers()

    assert {*NAMES, "SSH_TRANSPORT_CHECKOUT"} & set(os.environ) == {"SSH_TRANSPORT_CHECKOUT"}


def test_a_version_managers_shim_is_passed_over_where_there_is_a_python_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shim starts a shell before each Python."""
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3").write_text("#!/bin/sh\n")
    (shims / "python3").chmod(0o755)
    meant = os.environ["PATH"]

    monkeypatch.setenv("PATH", f"{shims}{os.pathsep}{meant}")
    forget_the_developers()
    behind = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(shims))
    forget_the_developers()

    assert behind == meant
    assert os.environ["PATH"] == str(shims)


def test_what_a_person_starts_with_is_what_our_command_writes(person: Person) -> None:
    """One alias or more: the tests' way asks no `ssh`."""
    other = Person(person.home.parent / "other")
    for one in (person, other):
        one.makes_key()
    for name, port in (("proj-1", 2201), ("slow", 2202), ("slow", 2203)):
        person.adds_alias(name, port, "me")
        endpoint = Endpoint(host="127.0.0.1", user="me", port=port)
        style = AliasSettings(identity=str(other.identity), keepalive_s=60, keepalive_misses=120, platform="generic")
        ensure_alias(other.files, name, endpoint, style)

    ours, theirs = (one.files.config for one in (person, other))

    assert ours.read_text() == theirs.read_text().replace(str(other.home), str(person.home))
    assert ours.stat().st_mode == theirs.stat().st_mode
    assert ours.parent.stat().st_mode == theirs.parent.stat().st_mode
