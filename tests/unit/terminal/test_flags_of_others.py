"""A flag that another program has leads to ours, or to the reason why none is needed."""

from __future__ import annotations

import shlex

import pytest

from ssh_transport.terminal import others
from tests.support.typed_line import slip, typed

PULL, PUSH = "-H a transfer.pull /x", "-H a transfer.push x --to=y"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (f"{PULL} -n", "type --dry-run"),
        (f"{PULL} --dryrun", "type --dry-run"),
        ("-H a transfer.pull --from=/x", "type --path=/x"),
        ("-H a transfer.pull --from /x --to=y", "type --path=/x"),
        (f"{PULL} --dest='a b'", "type --to='a b'"),
        (f"{PULL} --host=b", "type ssh-transport -H b transfer.pull"),
        (f"{PULL} --checksum", "type --verify"),
        (f"{PUSH} --delete-after", "type --delete, it deletes once all has arrived, and names what goes"),
        (f"{PUSH} --silent", "type --quiet"),
        ("-H a hygiene.stop x -n", "type --dry-run"),
        ("--host b transfer.pull /x", "type ssh-transport -H b transfer.pull"),
        ("-n transfer.pull /x", "type --dry-run"),
        (f"{PUSH} --user=bob", "the user stands in front of the host: -H USER@HOST"),
        (f"{PUSH} --key=k", "a key to log in with is named in front of the task: -i KEY; so that it stays"),
        (f"{PUSH} -e 'ssh -p 3'", "how to log in stands under the alias in the ssh config"),
    ],
)
def test_it_leads_to_what_is_typed_here(line: str, hint: str) -> None:
    assert slip(*shlex.split(line)).hint.startswith(hint)


@pytest.mark.parametrize(
    "flag", ["-avz", "-a", "-r", "--recursive", "-p", "-z", "--compress", "-P", "--progress", "--partial", "-rlptgoD"]
)
@pytest.mark.parametrize("line", ["transfer.push {} x --to=y", "transfer.push x --to=y {}", "transfer.get /x {}"])
def test_what_a_copy_does_anyway_needs_none(flag: str, line: str) -> None:
    error = slip(*line.format(flag).split())

    assert error.what.endswith(f"has no flag `{flag}`")
    assert error.hint.startswith("not needed: ")
    assert error.hint.count("not needed") == 1


def test_flags_of_the_program_stay_what_they_are() -> None:
    core, checking = typed("keys.check", "--on", "a", "-p", "-i", "k", "-e")

    assert (core.args.pty.value, core.args.echo.value, list(core.args.identity.value)) == (True, True, ["k"])
    assert checking.name == "keys.check"
    assert slip(*f"{PUSH} -p 2222".split()).what == "`-p 2222` is how `ssh` takes a port"
    assert typed(*f"{PUSH} -i k".split())[0].args.identity.value == ["k"]


@pytest.mark.parametrize("flag", ["-n", "-k", "-avq"])
def test_one_letter_is_taken_for_no_other_flag(flag: str) -> None:
    assert "did you mean" not in slip("-H", "a", "keys.check", flag).hint


def test_no_flag_is_told_twice_and_those_of_ours_are_there() -> None:
    flags = [flag for one in others._OTHERS for flag in one.flags.split()]
    lines = "transfer.spread x --path=y", "transfer.pull x", "transfer.copy --from=a:x --to=b:y"
    tasks = [typed(*line.split())[1] for line in lines]
    known = {flag for task in tasks for flag in task.flags} | set(others._OF_THE_LINE)

    assert len(flags) == len(set(flags))
    assert {name for one in others._OTHERS for name in one.ours} <= known
