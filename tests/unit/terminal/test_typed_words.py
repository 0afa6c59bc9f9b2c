"""`--help` is help wherever it stands, and a mistyped flag is no value of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fabric
import fabric.main
import invoke
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoke.collection import Collection

from ssh_transport.errors import UsageError
from ssh_transport.terminal import command_line
from ssh_transport.terminal.arguments import or_nothing
from ssh_transport.terminal.executor import Executor
from ssh_transport.terminal.task import task
from ssh_transport.terminal.typed_words import TypedWords

if TYPE_CHECKING:
    from invoke.context import Context


@task(positional=["pattern"], help={"pattern": "What", "dry_run": "Only show", "grace": "Seconds"})
def stop(_: Context, pattern: str, grace: int = 10, dry_run: bool = False) -> None:
    """Stop."""


@invoke.task
def deploy(_: Context, host: str = "", where: str = "x") -> None:
    """Belong to the team, and have a short flag `-h`."""


@task(positional=["name"], help={"name": "Which", "quick": "How"})
def show(_: Context, name: str = "", quick: bool = False) -> None:
    """Show."""


def parsed(*words: str) -> Any:
    program = fabric.main.Fab(
        executor_class=Executor,
        config_class=fabric.Config,
        namespace=Collection(deploy, hygiene=Collection("hygiene", stop, or_nothing(show, "name"))),
    )
    program.create_config()
    program.parse_core(["fab", *words])
    program.parse_collection()
    return TypedWords.of(program).parse_argv(program.core.unparsed)


@pytest.mark.parametrize(
    "words",
    [
        ("hygiene.stop", "--help"),
        ("hygiene.stop", "-h"),
        ("hygiene.stop", "train", "--help"),
        ("hygiene.stop", "--dry-run", "-h"),
        ("deploy", "--where", "y", "hygiene.stop", "--help"),
        ("-H", "a", "hygiene.stop", "--grace", "5", "--help"),
    ],
)
def test_help_after_a_task_is_help_and_nothing_runs(words: tuple[str, ...]) -> None:
    core, *tasks = parsed(*words)

    assert core.args.help.value == "hygiene.stop"
    assert tasks == []


def test_a_value_that_looks_like_a_request_for_help_is_given_with_an_equals_sign() -> None:
    _, stopping = parsed("hygiene.stop", "--pattern=--help")

    assert stopping.args.pattern.value == "--help"


def test_behind_a_value_comes_the_next_task_with_flags_of_its_own() -> None:
    for words in (("hygiene.stop", "train"), ("hygiene.stop", "--pattern=train"), ("hygiene.stop", "--pattern", "x")):
        _, stopping, deploying = parsed(*words, "deploy", "--where", "y")
        core, *_ = parsed(*words, "deploy", "--help")

        assert stopping.args.pattern.value in {"train", "x"}
        assert deploying.args.where.value == "y"
        assert core.args.help.value == "deploy"


@pytest.mark.parametrize("words", [("--log-file=x.log",), ("--log-file", "x.log")])
def test_a_flag_of_the_line_may_have_its_value_in_a_word_of_its_own(words: tuple[str, ...]) -> None:
    for line in ((*words, "hygiene.stop", "x"), ("hygiene.stop", "x", *words)):
        _, stopping = parsed(*line)

        assert stopping.args.pattern.value == "x"
        assert command_line._typed.log_file == "x.log"


@pytest.mark.parametrize(
    ("word", "says"), [("--keep-going=no", "`--keep-going` takes no value"), ("--log-file", "names no file")]
)
def test_a_flag_of_the_line_is_as_strict_as_any(word: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parsed("hygiene.stop", "x", word)


def test_a_short_flag_of_the_team_is_theirs() -> None:
    _, deploying = parsed("deploy", "-h", "b1")

    assert deploying.args.host.value == "b1"


@pytest.mark.parametrize(
    ("words", "says", "hints"),
    [
        (("hygiene.stop", "--dryrun", "x"), "hygiene.stop has no flag `--dryrun`", "did you mean --dry-run?"),
        (("hygiene.stop", "x", "--gracee=3"), "hygiene.stop has no flag `--gracee`", "did you mean --grace?"),
        (("hygiene.stop", "-9"), "hygiene.stop has no flag `-9`", "--NAME=VALUE"),
        (("hygiene.stp", "x"), "there is no task `hygiene.stp`", "did you mean hygiene.stop?"),
    ],
)
def test_a_slip_is_named_with_what_may_be_meant(words: tuple[str, ...], says: str, hints: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(*words)

    assert caught.value.what == says
    assert hints in caught.value.hint


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text[0] != "-"))
def test_every_other_value_arrives_as_it_was_typed(value: str) -> None:
    _, stopping = parsed("hygiene.stop", value, "--dry-run")

    assert stopping.args.pattern.value == value


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("hygiene.show",), [("hygiene.show", "")]),
        (("hygiene.show", "x"), [("hygiene.show", "x")]),
        (("hygiene.show", "--name=x"), [("hygiene.show", "x")]),
        (("hygiene.show", "--name", "x", "--quick"), [("hygiene.show", "x")]),
        (("hygiene.show", "--quick"), [("hygiene.show", "")]),
        (("hygiene.show", "hygiene.show", "y"), [("hygiene.show", ""), ("hygiene.show", "y")]),
        (("hygiene.show", "x", "hygiene.show"), [("hygiene.show", "x"), ("hygiene.show", "")]),
    ],
)
def test_a_positional_argument_may_be_left_out(words: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    """Wherever the task stands; what belongs to the next one is not taken for it."""
    _, *tasks = parsed(*words)

    assert [(one.name, one.args["name"].value) for one in tasks] == expected
