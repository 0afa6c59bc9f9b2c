"""What is no name of a box is told with how it is typed: several boxes, a pattern, or capital letters."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import boxes, naming
from ssh_transport.errors import NoTarget, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.context import Context

    from ssh_transport.openssh.resolution import SshFiles


@pytest.fixture
def c(ssh: SshFiles, context: Callable[..., Context]) -> Context:
    ssh.config.write_text("Host proj-1 proj-2 proj-3\n    HostName 192.0.2.1\n")
    return context()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("proj-1;proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-1; proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-1|proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-1 proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-1/proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-1:proj-2", "several boxes have commas between: -H proj-1,proj-2"),
        ("proj-{1,2}", "a pattern has * and ? alone, in quotes: -H 'proj-*'"),
        ("proj-[12]", "a pattern has * and ? alone, in quotes: -H 'proj-*'"),
        ("proj-1..3", "a pattern has * and ? alone, in quotes: -H 'proj-*'"),
        ("[proj-1,proj-2]", "several have commas between"),
    ],
)
def test_what_is_none_is_told_with_what_is_typed(words: str, hint: str, c: Context) -> None:
    with pytest.raises(UsageError, match="is no name of a box") as caught:
        naming.named(c, words)

    assert caught.value.hint.endswith(hint)


@pytest.mark.parametrize("words", ["root@[::1]:22", "[fe80::1]", "me+tag@host:22", "proj-1:22"])
def test_an_address_is_none_of_that(words: str, c: Context) -> None:
    assert naming.named(c, words) == [words]


@pytest.mark.parametrize(
    ("words", "meant"), [("PROJ-1", "proj-1"), ("all", "@all"), ("@ALL", "@all"), ("Proj-*", "'proj-*'")]
)
def test_capital_letters_and_what_is_nearly_a_name_lead_to_it(
    words: str, meant: str, c: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises((UsageError, NoTarget)) as caught:
        boxes(c, words)

    assert caught.value.hint.startswith(f"did you mean {meant}?")
