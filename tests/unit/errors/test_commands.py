"""Every command of ours in a hint can be typed as it stands, with the program that the person has."""

from __future__ import annotations

import ast
import functools
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import fabric.main
import invoke
import pytest
from ssh_transport.tasks import keys, ns

from ssh_transport.errors import UsageError, commands
from ssh_transport.errors.commands import as_typed
from ssh_transport.platforms.profiles import all_profiles
from ssh_transport.terminal.executor import Executor
from ssh_transport.terminal.typed_words import TypedWords

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[3]
# What a sentence goes on with behind a command.
REST = re.compile(r"""(?:'[^']*'|"[^"]*"|[^'"])*?(?=[;`)\n]|, |  |\. |\.$| && | \(|$)""")
OTHERS = re.compile(r"\b(?:fab|inv) (?:-|[a-z]+\.[a-z])")
STANDS_IN = "x1"


@pytest.fixture(autouse=True)
def _nothing_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_typed", None)


def typed(monkeypatch: pytest.MonkeyPatch, name: str, *words: str, tasks: Any = ns) -> TypedWords:
    """Have a program typed, and return its parser."""
    kind = fabric.main.Fab if name == "fab" else invoke.Program
    options: dict[str, Any] = {"executor_class": Executor, "config_class": fabric.Config} if name == "fab" else {}
    program = kind(namespace=tasks, **options)
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{name}", *words])
    program.create_config()
    program.parse_core([name, *words])
    program.parse_collection()
    return TypedWords.of(program)


@functools.cache
def texts() -> list[str]:
    """Return every text of the source that a person may read, with a word in place of what is filled in."""
    return [*_in_source(), *_in_profiles()]


def _in_source() -> Iterator[str]:
    for path in (*CHECKOUT.glob("src/**/*.py"), *CHECKOUT.glob("tasks/*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in joined for part in node.values}
        docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        skipped = parts | docs
        for text in joined:
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else STANDS_IN for part in text.values)
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                yield re.sub(r"\{\w*\}", STANDS_IN, node.value)


def _in_profiles() -> Iterator[str]:
    for profile in all_profiles().values():
        yield from (
            profile.keys_in_console,
            profile.fingerprint_shown_in,
            *(reach.better for reach in profile.endpoints),
        )
        yield from (problem.fix for problem in profile.known_problems)


def in_text(text: str) -> Iterator[str]:
    """Yield each command of ours in a text, to its end."""
    for found in commands._COMMAND.finditer(text):
        if found["tasks"] or found["flags"]:
            rest = REST.match(text, found.end())
            yield found[0] + (rest[0] if rest else "")


def in_hints() -> list[str]:
    return sorted({command for text in texts() for command in in_text(text)})


def parses(parser: TypedWords, command: str) -> None:
    """Read it as if it were typed; names that stand for any are taken."""
    program, *words = shlex.split(command.replace("TASK", "keys.check"))
    try:
        parser.parse_argv(words)
    except UsageError as exc:
        pytest.fail(f"{program}: {command}: {exc}")


def test_there_are_commands_in_our_hints() -> None:
    assert len(in_hints()) > 50


def test_no_text_names_another_program_of_ours() -> None:
    assert [text for text in texts() if OTHERS.search(text)] == []


@pytest.mark.parametrize("name", ["fab", "inv"])
def test_every_command_in_a_hint_is_one_of_the_program_that_was_typed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = typed(monkeypatch, name)
    only_fab = ("-- COMMAND", "--prompt-for-passphrase")
    only_ours = "ssh-transport --install-completion"

    for command in in_hints():
        written = as_typed(command)
        if command.startswith(only_ours) or (name == "inv" and command.endswith(only_fab)):
            assert written == command
            continue
        assert written.startswith(f"{name} "), command
        parses(parser, written.partition(" --prompt-for")[0].partition(" -- ")[0])


@pytest.mark.parametrize(
    ("hint", "fab", "inv"),
    [
        (
            "push it: ssh-transport -H a,b keys.push",
            "push it: fab -H a,b keys.push",
            "push it: inv keys.push --on a,b",
        ),
        (
            "both: ssh-transport -H 'a b' keys.generate keys.push --identity=x; or not",
            "both: fab -H 'a b' keys.generate keys.push --identity=x; or not",
            "both: inv keys.generate keys.push --on 'a b' --identity=x; or not",
        ),
        ("`ssh-transport config.list`", "`fab config.list`", "`inv config.list`"),
        (
            "ssh-transport -H ALIAS -- COMMAND",
            "fab -H ALIAS -- COMMAND",
            "ssh-transport -H ALIAS -- COMMAND",
        ),
        (
            "or run `ssh-transport --prompt-for-passphrase`",
            "or run `fab --prompt-for-passphrase`",
            "or run `ssh-transport --prompt-for-passphrase`",
        ),
        ("another ssh-transport is at it", "another ssh-transport is at it", "another ssh-transport is at it"),
        ("see ~/ssh-transport keys.push", "see ~/ssh-transport keys.push", "see ~/ssh-transport keys.push"),
    ],
)
def test_boxes_are_where_the_program_has_them(hint: str, fab: str, inv: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "fab")
    assert as_typed(hint) == fab
    typed(monkeypatch, "inv")
    assert as_typed(hint) == inv


def test_a_task_that_the_runbook_lacks_or_calls_otherwise_is_named_so_that_it_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_keys = invoke.Collection()
    only_keys.add_collection(keys.ns, name="ssh")
    typed(monkeypatch, "fab", tasks=only_keys)

    hint = "ssh-transport -H b keys.push, or ssh-transport -H b keys.check transfer.pull"

    assert as_typed(hint) == "fab -H b ssh.push, or ssh-transport -H b keys.check transfer.pull"


def test_where_no_program_of_ours_was_typed_the_one_that_is_installed_is_named() -> None:
    error = UsageError("no", hint="ssh-transport -H b keys.push")

    assert str(error).endswith("hint: ssh-transport -H b keys.push")


def test_an_error_says_what_was_typed_also_where_the_hint_is_set_later(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "fab")
    error = UsageError("no")
    error.hint = "ssh-transport -H b keys.push"

    assert str(error).endswith("hint: fab -H b keys.push")


@pytest.mark.parametrize(
    ("name", "words", "command"),
    [
        ("fab", (), "fab -H 'a b' ssh.push"),
        ("fab", ("-r", "book"), "fab -r book -H 'a b' ssh.push"),
        ("inv", (), "inv ssh.push --on 'a b'"),
    ],
)
def test_a_slip_is_answered_with_the_words_of_the_runbook(
    name: str, words: tuple[str, ...], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_keys = invoke.Collection()
    only_keys.add_collection(keys.ns, name="ssh")
    assert commands.here("keys.push", "b") == "ssh-transport -H b keys.push"

    typed(monkeypatch, name, tasks=only_keys)
    if words:
        noted = commands._typed
        assert noted
        monkeypatch.setattr(commands, "_typed", replace(noted, words=f"{name} {' '.join(words)}"))

    assert commands.here("ssh.push", "'a b'") == command
