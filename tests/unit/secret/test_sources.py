"""Where a secret is read from: one place, once, and never shown when it can't be read."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.credentials
import pytest
from keyring.backends import fail

from ssh_transport.errors import LocalFileError, TaskError, ToolMissing, UsageError
from ssh_transport.secret import sources
from ssh_transport.secret.sources import Sourced, read
from ssh_transport.terminal import kept_back

CANARY = "c4n4ry-9d1f"

NETRC = f"""\
machine a.example
    login me
    password {CANARY}
machine b.example login you password "two words"
macdef init
machine c.example

default login anonymous password {CANARY}
"""


class _Backend(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return CANARY if (service, username) == ("wandb", "me") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def get_credential(self, service: str, username: str | None) -> Any:
        password = self.get_password(service, username or "me")
        return keyring.credentials.SimpleCredential(username or "me", password) if password else None


@pytest.fixture
def home() -> Path:
    Path.home().mkdir()
    (Path.home() / ".netrc").write_text(NETRC)
    (Path.home() / ".netrc").chmod(0o600)
    return Path.home()


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", _Backend())  # type: ignore[no-untyped-call]


def says(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def value_of(sourced: Sourced) -> str:
    return sourced.secret.reveal().decode()


def test_a_variable_is_read_once_and_no_later_program_inherits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", CANARY)
    monkeypatch.setattr(kept_back, "_taken", {})
    assert value_of(read("a", env="A_TOKEN")) == CANARY
    assert "A_TOKEN" not in os.environ
    assert value_of(read("a", env="A_TOKEN")) == CANARY, "a second task of a chain finds it as well"


@pytest.mark.parametrize(
    ("name", "shown"), [("NOT_SET", True), ("$NOT_SET", False), (f"hf_{CANARY}", False), (CANARY, False)]
)
def test_a_variable_that_is_not_set_is_named_unless_it_may_be_the_value(name: str, shown: bool) -> None:
    with pytest.raises(UsageError) as caught:
        read("a", env=name)
    assert (name in str(caught.value)) is shown
    assert CANARY not in str(caught.value)


def test_one_stanza_of_a_netrc_file_is_read_with_its_login(home: Path) -> None:
    found = read("a", netrc="a.example")
    assert (value_of(found), found.login) == (CANARY, "me")
    assert value_of(read("a", netrc="b.example")) == "two words"


@pytest.mark.parametrize("machine", ["c.example", "x.example", "default"])
def test_a_machine_that_only_default_fits_has_no_stanza(home: Path, machine: str) -> None:
    with pytest.raises(UsageError, match=r"it has: a\.example, b\.example") as caught:
        read("a", netrc=machine)
    assert CANARY not in str(caught.value)


def test_a_broken_netrc_file_is_said_to_be_without_showing_where_its_words_are(home: Path) -> None:
    (home / ".netrc").write_text(f"machine a.example login me password {CANARY} {CANARY}\n")
    with pytest.raises(LocalFileError, match="near line 2") as caught:
        read("a", netrc="a.example")
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_missing_netrc_file_is_an_error_that_says_so() -> None:
    with pytest.raises(UsageError, match=r"there is no .*\.netrc"):
        read("a", netrc="a.example")


def test_the_keyring_is_asked_for_a_service_and_maybe_a_user(ring: None) -> None:
    assert value_of(read("a", keyring="wandb")) == CANARY
    assert value_of(read("a", keyring="wandb/me")) == CANARY
    with pytest.raises(UsageError, match="keyring set wandb you"):
        read("a", keyring="wandb/you")


def test_a_machine_without_a_keyring_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(ToolMissing, match="--env, --file"):
        read("a", keyring="wandb")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_of_one_line_may_end_as_editors_end_it(home: Path, end: str) -> None:
    (home / "token").write_bytes(f"{CANARY}{end}".encode())
    assert value_of(read("a", file=str(home / "token"))) == CANARY
    assert value_of(read("a", file="~/token")) == CANARY


def test_a_whole_file_keeps_every_byte(home: Path) -> None:
    (home / "token").write_bytes(b"[default]\r\na = b\n\n")
    found = read("a", file=str(home / "token"), whole=True)
    assert (value_of(found), found.is_whole) == ("[default]\r\na = b\n\n", True)


@pytest.mark.parametrize("content", ["two\nlines", f"{CANARY}\n\n", "x" * (sources.LIMIT_BYTES + 1), ""])
def test_a_file_that_holds_no_secret_is_refused(home: Path, content: str) -> None:
    (home / "token").write_text(content)
    with pytest.raises(UsageError) as caught:
        read("a", file=str(home / "token"))
    assert CANARY not in str(caught.value)


def test_standard_input_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    says(f"{CANARY}\n", monkeypatch)
    assert value_of(read("a")) == CANARY
    says("", monkeypatch)
    with pytest.raises(UsageError, match="standard input is empty"):
        read("a")


@pytest.mark.parametrize(
    "given",
    [
        {"env": "A", "file": "b"},
        {"keyring": "a", "netrc": "b"},
        {"whole": True},
        {"whole": True, "env": "A"},
        {"file": "/no/such"},
    ],
)
def test_sources_that_contradict_each_other_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TaskError):
        read("a", **given)
