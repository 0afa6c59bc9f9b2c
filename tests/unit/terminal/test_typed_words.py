"""`--help` is help wherever it stands, and a mistyped flag is no value of the one before."""

from __future__ import annotations

import copy
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
from tests.support.typed_line import slip, typed

if TYPE_CHECKING:
    from pathlib import Path

    from invoke.context import Context


@task(positional=["pattern"], help={"pattern": "What", "dry_run": "Only show", "grace": "Seconds"})
def stop(_: Context, pattern: str, grace: int = 10, dry_run: bool = False) -> None:
    """Stop."""


@task(help={"jobs": "How many"})
def each(_: Context, jobs: int = 1) -> None:
    """Have jobs of its own."""


@invoke.task
def deploy(_: Context, host: str = "", where: str = "x") -> None:
    """Belong to the team, and have a short flag `-h`."""


@task(positional=["name"], help={"name": "Which", "quick": "How"})
def show(_: Context, name: str = "", quick: bool = False) -> None:
    """Show."""


def parser_of(*words: str) -> tuple[TypedWords, list[str]]:
    program = fabric.main.Fab(
        executor_class=Executor,
        config_class=fabric.Config,
        namespace=Collection(deploy, hygiene=Collection("hygiene", stop, or_nothing(show, "name"), each)),
    )
    program.create_config()
    program.parse_core(["fab", *words])
    program.parse_collection()
    return TypedWords.of(program), program.core.unparsed


def parsed(*words: str) -> Any:
    parser, rest = parser_of(*words)
    return parser.parse_argv(rest)


def test_a_line_is_read_without_a_copy_of_every_task() -> None:
    """Which Invoke makes of each for each line; only the one that is typed is copied."""
    parser, rest = parser_of("hygiene.stop", "train")

    read = parser.parse_argv(rest)

    assert copy.deepcopy(parser.contexts) is parser.contexts
    assert sorted(parser.contexts) == ["deploy", "hygiene.each", "hygiene.show", "hygiene.stop"]
    assert read[-1].args["pattern"].value == "train"
    assert parser.contexts["hygiene.stop"].args["pattern"].value is None


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
    ("word", "says"),
    [("--keep-going=no", "`--keep-going` takes no value"), ("--log-file", "`--log-file` wants a value")],
)
def test_a_flag_of_the_line_is_as_strict_as_any(word: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parsed("hygiene.stop", "x", word)


@pytest.mark.parametrize("words", [("--jobs=3",), ("--jobs", "3")])
def test_how_many_boxes_at_once_is_asked_of_the_whole_line(words: tuple[str, ...]) -> None:
    for line in ((*words, "hygiene.stop", "x"), ("hygiene.stop", "x", *words, "--stop-on-error")):
        parsed(*line)

        assert command_line._typed.jobs == 3
    assert command_line._typed.stop_on_error


def test_behind_a_task_that_has_jobs_of_its_own_they_are_the_tasks() -> None:
    _, having = parsed("--jobs=3", "hygiene.each", "--jobs=5")

    assert having.args.jobs.value == 5
    assert command_line._typed.jobs == 3


@pytest.mark.parametrize("word", ["--jobs=0", "--jobs=-1", "--jobs=many"])
def test_a_number_of_boxes_is_one_at_least(word: str) -> None:
    with pytest.raises(UsageError, match="is no number of boxes"):
        parsed("hygiene.stop", "x", word)


def test_who_goes_on_does_not_stop() -> None:
    with pytest.raises(UsageError, match="--keep-going goes on with the other boxes, and --stop-on-error does not"):
        parsed("hygiene.stop", "x", "--keep-going", "--stop-on-error")


def test_a_short_flag_of_the_team_is_theirs() -> None:
    _, deploying = parsed("deploy", "-h", "b1")

    assert deploying.args.host.value == "b1"


@pytest.mark.parametrize(
    ("words", "says", "hints"),
    [
        (("hygiene.stop", "--dryrun", "x"), "hygiene.stop has no flag `--dryrun`", "type --dry-run"),
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


@pytest.mark.parametrize(
    ("words", "says", "hints"),
    [
        ("config.add proj ssh -p 60331 root@h", "has to be one word", "config.add proj 'ssh -p 60331 root@h'"),
        ("config.add proj root@h -p 60331", "has to be one word", "config.add proj 'root@h -p 60331'"),
        ("config.add ssh -p 60331 root@h", "has to be one word", "config.add NAME 'ssh -p 60331 root@h'"),
        ("config.update proj-1 ssh -p 1 root@h", "has to be one word", "config.update proj-1 'ssh -p 1 root@h'"),
        ("config.add proj ssh -p 1 root@h --json", "has to be one word", "config.add proj 'ssh -p 1 root@h'"),
        ("config.add proj ssh -p 1 root@h hunter2", "has to be one word", "config.add proj 'ssh -p PORT USER@HOST'"),
        ("config.add root@h:60331", "its alias needs a name", "config.add NAME root@h:60331"),
        ("config.add proj", "config.add: STRING", "config.add proj STRING"),
        ("config.add", "config.add: PROJECT and STRING", "config.add PROJECT STRING"),
        ("-H b transfer.pull", "transfer.pull: PATH", "ssh-transport -H b transfer.pull PATH"),
        ("secrets.forget", "NAME or --all is missing", "secrets.forget NAME"),
        ("config.show", "config.show: ALIAS", "config.show ALIAS"),
        ("transfer.copy --exclude *.o --dry-run --from=a:x", "TO (", "copy a:x TO '--exclude=*.o' --dry-run"),
        ("transfer.pull b:/ckpt ./here", "one word too many", "transfer.pull b:/ckpt --to=./here"),
        ("keys.check proj-1", "one word too many", "ssh-transport -H proj-1 keys.check"),
        ("secrets.list proj-1", "one word too many", "ssh-transport -H proj-1 secrets.list"),
        ("secrets.push wandb hf_secret", "there is a word too many", "a value is never typed"),
        ("config.show proj-1 x", "one word too many", "config.show --help"),
        ("config.explain Connection reset", "one word too many", "config.explain 'Connection reset'"),
        ("-H proj-1 proj-2 keys.check", "looks like a second box", "-H proj-1,proj-2 TASK"),
        ("keys.check --on proj-1 proj-2", "one word too many", "-H proj-1,proj-2 keys.check"),
        ("transfer.pull proj-1 --path=/x", "given twice: `proj-1` and `/x`", "ssh-transport -H proj-1 transfer.pull"),
        ("transfer.pull --path", "`--path` wants a value", "--path=VALUE"),
        ("transfer.pull --path --to=x", "`--path` wants a value, and `--to` is another flag", "--path=VALUE"),
        ("hygiene.stop x --grace=abc", "`--grace` wants a whole number, not `abc`", "--grace=10"),
        ("hygiene.stop x --grace abc", "`--grace` wants a whole number, not `abc`", "--grace=10"),
        ("hygiene.stop x --dry-run=yes", "`--dry-run` takes no value", "--dry-run"),
        ("-X keys.check", "there is no flag `-X`", "TASK --help"),
        ("--dry-run transfer.pull --path=x", "`--dry-run` is a flag of transfer.pull", "transfer.pull --dry-run"),
        ("push", "there is no task `push`", "did you mean keys.push, secrets.push, transfer.push?"),
        ("config add proj x", "there is no task `config`", "did you mean config.add?"),
        ("keys", "there is no task `keys`", "keys.check"),
        ("help", "there is no task `help`", "did you mean --help?"),
        ("transfer.pull_each", "there is no task `transfer.pull_each`", "did you mean transfer.pull-each?"),
    ],
)
def test_a_beginners_slip_ends_in_the_command_that_was_meant(words: str, says: str, hints: str) -> None:
    error = slip(*words.split())

    assert says in error.what
    assert hints in error.hint


def test_a_pattern_that_the_shell_has_expanded_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.pt", "b.pt", "c.pt"):
        (tmp_path / name).touch()

    three = slip("-H", "box", "transfer.push", "a.pt", "b.pt", "c.pt", "--to=/x")
    two = slip("-H", "box", "transfer.push", "a.pt", "b.pt", "--to=/x")
    as_scp = slip("transfer.push", "a.pt", "b.pt", "box:/x")
    alone = slip("-H", "box", "transfer.push", "a.pt", "b.pt")

    assert three.what == "transfer.push takes one path, and there are 3: a.pt, b.pt, c.pt"
    assert two.what == "transfer.push: `--to` is given twice: `b.pt` and `/x`"
    assert as_scp.what == "transfer.push takes one path, and there are 2: a.pt, b.pt"
    assert alone.what == "transfer.push takes one path, and there are 2: a.pt, b.pt"
    assert "-H box transfer.push a.pt --to=b.pt" in alone.hint
    for error in (three, two, as_scp, alone):
        assert "a shell puts all names in place of a pattern" in error.hint


WORDS = "a.pt --to=b.pt", "a.pt a.pt", "a.pt b", "a.pt b/", "b/a.pt b.pt", "b c", "a.pt x.pt"


@pytest.mark.parametrize("words", WORDS)
def test_a_target_that_may_be_meant_is_taken(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named as such, a directory, or in another place than the source."""
    monkeypatch.chdir(tmp_path)
    for directory in ("b", "c"):
        (tmp_path / directory).mkdir()
    for name in ("a.pt", "b.pt", "b/a.pt"):
        (tmp_path / name).touch()

    (pushing,) = typed("transfer.push", *words.split())[1:]

    assert pushing.args["to"].value == words.rsplit(maxsplit=1)[-1].removeprefix("--to=")


def test_a_password_that_came_with_a_string_is_not_said_again() -> None:
    for words in (
        ("config.add", "proj", "sshpass", "-p", "hunter2", "ssh", "root@h"),
        ("config.add", "sshpass -p hunter2 ssh root@h"),
        ("config.add", "proj", "ssh", "root@h", "-p", "22", "hunter2"),
    ):
        assert "hunter2" not in str(slip(*words))


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
