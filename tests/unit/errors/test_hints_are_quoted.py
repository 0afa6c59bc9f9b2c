"""A hint can be typed as it is: what a box or a file is called is one word in it, for both shells."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ssh_transport
from ssh_transport.errors.commands import as_typed, on_box, typed
from ssh_transport.errors.symptoms import meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(ssh_transport.__file__).parent
# What quotes for a shell, and what is no text of a box: names of boxes, words of ours, what was checked.
QUOTING = {"quote", "join", "typed", "_typed", "on_box"}
OURS = {"what", "launch.name", "tool.split()[0]", "line if _PLAIN.fullmatch(line) else shlex.quote(line)"}


def commands() -> Iterator[tuple[str, ast.expr]]:
    """Yield what stands behind `ssh BOX` in any text of ours, and where."""
    for file in sorted(SOURCE.rglob("*.py")):
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(text, ast.JoinedStr):
                continue
            said, parts = "", []
            for part in text.values:
                if isinstance(part, ast.FormattedValue):
                    parts.append((len(said), part.value))
                    said += "\0"
                elif isinstance(part, ast.Constant):
                    said += str(part.value)
            for command in re.finditer(r"\bssh \0 [^;]*", said):
                yield from (
                    (f"{file.name}:{text.lineno}", value)
                    for at, value in parts
                    if command.start() + len("ssh ") < at < command.end()
                )


def test_whatever_goes_behind_ssh_is_quoted() -> None:
    found = list(commands())

    assert found
    for where, value in found:
        called = value.func if isinstance(value, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        assert name in QUOTING or ast.unparse(value) in OURS, f"{where}: {ast.unparse(value)}"


@pytest.mark.parametrize("path", ["~/.w;touch PWNED;echo", "/a b/$(touch PWNED)", "x'; touch PWNED; '", "plain"])
def test_a_path_is_one_word_for_both_shells(path: str) -> None:
    program, box, command = shlex.split(on_box("proj-1", f"ls -la {typed(path)}"))

    assert (program, box) == ("ssh", "proj-1")
    assert shlex.split(command) == ["ls", "-la", path]


def test_a_name_in_what_a_box_said_is_one_word_for_both_shells() -> None:
    found = meaning("/lib/libc.so.6: version not found (required by /x/$(touch;x)')", 127)
    assert found is not None

    hint = found.error("proj-1").hint

    command = shlex.split(hint.partition(": ")[2])
    assert command[:3] == ["ssh", "proj-1", "ldd"]
    assert shlex.split(command[3]) == [found.groups["name"]]


@pytest.mark.parametrize(
    ("hint", "instead"),
    [
        ("see why: ssh -v root@h:22", "see why: ssh -v ssh://root@h:22"),
        ("ssh root@127.0.0.1:2222 'ls -la; a:1'", "ssh ssh://root@127.0.0.1:2222 'ls -la; a:1'"),
        ("ssh h:22; or ssh [::1]:22, or", "ssh ssh://h:22; or ssh ssh://[::1]:22, or"),
        ("ssh -o StrictHostKeyChecking=ask u@h:22", "ssh -o StrictHostKeyChecking=ask ssh://u@h:22"),
        ("ssh proj-1 'cat /a:1'", "ssh proj-1 'cat /a:1'"),
        ("ssh -p 22 u@h true", "ssh -p 22 u@h true"),
        ("ssh ssh://u@h:22", "ssh ssh://u@h:22"),
    ],
)
def test_a_box_with_a_port_is_a_url_for_ssh(hint: str, instead: str) -> None:
    assert as_typed(hint) == instead
