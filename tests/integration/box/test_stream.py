"""What a box says at length: all of it, as it comes, and an end to what does not end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import Box, boxes
from ssh_transport.box.stream import stream
from ssh_transport.errors import CommandFailed, EndpointTooWeak, LinkLost, NoSuchPath
from tests.support.clock import on_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setenv("HOME", str(person.home))
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found


def said(box: Box, script: str, *words: str, silence_s: float = 20) -> bytes:
    return b"".join(stream(box, script, *words, silence_s=silence_s))


def test_every_byte_arrives_and_standard_error_does_not_stop_it(there: Box) -> None:
    """10 MB of each; of the errors the first 64 KiB are kept."""
    pour = "head -c 10000000 /dev/zero | tr '\\0' x"

    assert (
        said(there, f"printf '%s' \"$1\"; {pour} >&2; {pour}", "it's \xff") == "it's \xff".encode() + b"x" * 10_000_000
    )
    with pytest.raises(CommandFailed) as caught:
        said(there, f"{pour} >&2; exit 3")
    assert len(caught.value.cause) in range(60_000, (1 << 16) + 1)


def test_a_failure_is_told_after_what_was_said(there: Box) -> None:
    """By its words, as for every command."""
    heard = stream(there, "echo before; ls /not/there", silence_s=20)

    assert next(chunk for chunk in heard if chunk) == b"before\n"
    with pytest.raises(NoSuchPath):
        list(heard)


def test_a_box_that_falls_silent_is_lost(there: Box) -> None:
    """However long its command would go on, and whatever it says on standard error."""
    start = time.monotonic()

    with pytest.raises(LinkLost):
        said(there, "echo; while :; do echo x >&2; sleep 0.1; done", silence_s=1)
    assert time.monotonic() - start < on_this_machine(15)


def test_a_link_that_dies_is_lost(there: Box, box: Sshd) -> None:
    """Not taken for the end of the output."""
    heard = stream(there, "while echo x; do sleep 0.05; done", silence_s=20)
    next(chunk for chunk in heard if chunk)
    box.stop()

    with pytest.raises(LinkLost):
        list(heard)


def test_a_proxy_that_only_echoes_runs_nothing(there: Box, box: Sshd) -> None:
    """Endless noise in front of the marker is no output."""
    (box.home.parent / "forced_command").write_text("#!/bin/sh\nyes\n")

    with pytest.raises(EndpointTooWeak):
        said(there, "echo")
