"""A platform's own command that fails, hangs, asks or is not there: told, and ended with all that it started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import CommandFailed, ToolMissing
from ssh_transport.facts import program
from ssh_transport.facts.instances import instances
from tests.support.platform_command import PLAIN, command
from tests.support.processes import programs_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.errors import TaskError


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ("echo 'no key given' >&2; exit 3", CommandFailed, "`lists` failed\n  cause: no key given"),
        ("exit 3", CommandFailed, "cause: exit code 3"),
        ("kill -9 $$", CommandFailed, "cause: exit code -9"),
        ("exec 2>&-; cat /dev/zero", CommandFailed, "`lists` printed more than 1 MB"),
        ("sleep 99 & sleep 98", CommandFailed, "`lists` gave no answer in 1 s"),
        ("exec >&-; sleep 97", CommandFailed, "`lists` gave no answer in 1 s"),
        ("echo '[]'; exec >&- 2>&-; sleep 96", CommandFailed, "`lists` gave no answer in 1 s"),
        ("echo '[]'; sleep 95 &", CommandFailed, "`lists` gave no answer in 1 s"),
        ("cat /dev/zero >&2", CommandFailed, "`lists` gave no answer in 1 s"),
    ],
)
def test_a_command_that_does_not_answer_is_told(
    script: str, error: type[TaskError], words: str, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is ended, with all that it started."""
    monkeypatch.setattr(program, "LONGEST_S", 1.0)
    monkeypatch.setattr(program, "LIMIT_BYTES", 1 << 20)
    command(commands, "lists", f"{script}\n")

    with pytest.raises(error) as caught:
        instances(PLAIN)

    assert words in str(caught.value)
    until(lambda: not programs_of(commands))


def test_complaints_at_length_do_not_stop_it(commands: Path) -> None:
    """More than a pipe holds, which nobody reads."""
    command(commands, "lists", "head -c 200000 /dev/zero >&2; echo '[]'\n")

    assert instances(PLAIN) == []


def test_a_command_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With how one comes by it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        instances(PLAIN)
    (tmp_path / "lists").write_bytes(b"\x7fELF")
    (tmp_path / "lists").chmod(0o700)
    with pytest.raises(ToolMissing) as broken:
        instances(PLAIN)

    assert (caught.value.what, caught.value.hint) == ("`lists` is not installed", "make it")
    assert broken.value.what == "`lists` can't be started"


def test_no_key_is_told(commands: Path) -> None:
    """Some commands name their key in what they complain of."""
    command(commands, "lists", "echo '401 for url: https://x.example/?api_key=0123456789abcdef' >&2; exit 1\n")
    with pytest.raises(CommandFailed) as caught:
        instances(PLAIN)

    assert "0123456789abcdef" not in str(caught.value)
    assert "401" in caught.value.cause


def test_a_command_can_ask_nobody(commands: Path) -> None:
    """It has no input and no terminal: it fails, and does not wait."""
    command(commands, "lists", 'read answer && exit 4; (: </dev/tty) 2>/dev/null && exit 5; echo "[]"\n')

    assert instances(PLAIN) == []
