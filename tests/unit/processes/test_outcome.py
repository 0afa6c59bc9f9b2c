"""What a person hears of a stop, of the GPU, and of a launch."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.processes.gpu import Gpu, Holder, parse
from ssh_transport.processes.launch import Launch
from ssh_transport.processes.listing import Listing, Process
from ssh_transport.processes.outcome import Stopped, not_stopped
from tests.support.tokens import API_KEY, HF_TOKEN

if TYPE_CHECKING:
    from pathlib import Path


def process(pid: int, parent: int = 1, command: str = "train", state: str = "S") -> Process:
    return Process(pid, parent, pid, pid, state, 1, "5", "you", 7300, command)


def test_what_is_left_is_distinguished_each_with_its_reason() -> None:
    """Of another user, stuck in the kernel, running again; the one that may start it again is named."""
    alive = [process(20, 1), process(21, 1, "train \x1b[2J", "D"), process(22, 9)]
    found = Listing((*alive, process(9, 1, "supervisord")), 5)

    error = not_stopped("web", "train", alive, refused={alive[0].identity}, found=found, gpu=Gpu())

    assert str(error) == (
        "error: 3 processes matching `train` did not end on `web`\n"
        "  cause: pid 20 you           2h  train  <- of another user: it may not be signalled\n"
        "         pid 21 you           2h  train \\x1b[2J  <- waits in the kernel (state D)\n"
        "         pid 22 you           2h  train  <- runs, or was started again\n"
        "\nhint: does pid 9 start it again? supervisord"
    )
    assert error.exit_code == 26


@pytest.mark.parametrize(
    ("refused", "state", "word"), [(True, "S", "root"), (False, "D", "restart"), (False, "S", "cron")]
)
def test_the_hint_fits_what_is_left(refused: bool, state: str, word: str) -> None:
    """Another login, patience, or a supervisor."""
    left = process(20, 1, state=state)

    error = not_stopped(
        "web", "x", [left], refused={left.identity} if refused else set(), found=Listing((left,), 5), gpu=Gpu()
    )

    assert word in error.hint


def test_a_stop_tells_what_it_took() -> None:
    """Nothing, some KILLs, zombies whose parent does not ask."""
    assert str(Stopped("x", ())) == "CLEAN: nothing matches `x` (no change)"
    assert str(Stopped("x", (process(20), process(21)), 1, (process(21, 7),))) == (
        "CLEAN: 2 processes stopped, 1 of them by KILL; nothing matches `x`\n"
        "1 of them ended, but are zombies until pid 7 waits for them"
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (f"python x.py --token {HF_TOKEN} -v", "python x.py --token *** -v"),
        (f"env WANDB_API_KEY='{API_KEY}' sh", "env WANDB_API_KEY='***' sh"),
        ("curl https://me:Xk29dkf83ksl@h/x é", "curl https://me:***@h/x é"),
        (f"é {HF_TOKEN} {HF_TOKEN}", "é *** ***"),
        ("python train.py --tokens 4096", "python train.py --tokens 4096"),
    ],
)
def test_a_secret_among_somebodys_arguments_is_shown_nowhere(words: str, shown: str) -> None:
    """Neither to a person nor to a program."""
    left = process(20, 7, words)
    stopped = Stopped("x", (left,), hosts=(left,), zombies=(left,), dry_run=True)
    error = not_stopped("web", "x", [left], refused=(), found=Listing((process(7, 1, words),), 5), gpu=Gpu())

    assert [one.command for one in (*stopped.processes, *stopped.hosts, *stopped.zombies)] == [shown] * 3
    assert str(stopped).count(shown) == 2
    assert str(error).count(shown) == 2


def test_a_command_that_holds_a_token_is_refused_with_the_way_to_bring_one() -> None:
    """It would lie on the box, and in the list of its processes."""
    with pytest.raises(UsageError) as caught:
        Launch.of("train", f"HF_TOKEN={HF_TOKEN} python train.py")

    assert HF_TOKEN not in str(caught.value)
    assert caught.value.what == "the command contains a token"
    assert "secrets.push" in caught.value.hint
    assert "secrets.env" in caught.value.hint


def test_who_holds_a_gpu_is_named_as_far_as_can_be_seen() -> None:
    """A name may hold commas and orders for the terminal; a container does not know the host's numbers."""
    found = parse("apps\n12, python, x, 3512\n99, \x1b[2J, [N/A]\nNo devices\n\ncards\n0, 9000\n", {12})

    assert found == Gpu((Holder(12, "python, x", 3512, is_visible=True), Holder(99, "\x1b[2J", None, is_visible=False)))
    assert str(found) == (
        "GPU memory is still held by pid 12 (python, x, 3512 MiB)\n"
        "GPU memory is still held by pid 99 (\\x1b[2J); a pid from outside this container, where it can't be seen"
    )


@pytest.mark.parametrize(
    ("said", "remark"),
    [
        ("", ""),
        ("apps\n\ncards\n0, 3\n1, 1023\n", ""),
        ("apps\n\ncards\n0, 3\n1, 40000\n", "GPU 1: 40000 MiB are in use by unknown processes"),
        ("apps\nNVIDIA-SMI has failed\n\nfailed\n", "NVIDIA-SMI has failed"),
        ("apps\n\ncards\nno\n\nfailed\n", "the GPU memory was not checked"),
    ],
)
def test_what_nvidia_smi_does_not_show_is_reported(said: str, remark: str) -> None:
    """Memory without a name, or no answer; a box without a GPU needs no remark."""
    found = parse(said, set())

    assert found.holders == ()
    assert len(found.remarks) == bool(remark)
    assert remark in str(found)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ({"command": " "}, "nothing to start"),
        ({"name": "a.b"}, "no name"),
        ({"name": "-x"}, "no name"),
        ({"alive_s": -1}, "`--alive` is negative"),
    ],
)
def test_a_launch_that_can_not_be_is_refused(words: dict[str, str], wrong: str) -> None:
    """Before any box is looked for."""
    with pytest.raises(UsageError, match=wrong):
        Launch.of(**{"pattern": "src.train", "command": "x", **words})  # type: ignore[arg-type]


def test_a_launch_is_named_for_its_pattern() -> None:
    """In letters that tmux and a shell take as they are."""
    assert Launch.of("python -m src\\.train", "x").name == "python-m-src-train"
    assert Launch.of("([^x])", "x").name == "x"
    assert Launch.of("$(?!é)", "x").name == "run"
    assert Launch.of("x1", "x", log="~/out/a b").log == "out/a b"


@pytest.mark.parametrize(
    "command", ["echo 'a b' \"$0\"; exit 7", "printf '%s\\n' \"it's\" {braces}; exit 7", "cat; exit 7"]
)
def test_a_command_reaches_the_shell_as_it_was_typed(command: str, tmp_path: Path) -> None:
    """Its output is in the log, its input is empty, its exit status is written down at the end."""
    launch = Launch.of("train", command, log="out 'x'")
    (tmp_path / ".ssh-transport-run").mkdir()
    expected = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, check=False)

    for way in ("alone", "tmux"):
        words = ["sh", "-c", launch.script, "sh", way]
        environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
        subprocess.run(words, env=environment, input=b"not for it", check=True)

    output = expected.stdout.decode().replace("sh\n", "/bin/sh\n") if "$0" in command else expected.stdout.decode()
    assert (tmp_path / "out 'x'").read_text() == output * 2
    assert (tmp_path / f"{launch.stem}.status").read_text() == "7\n"
    assert shlex.quote(command) in launch.script
