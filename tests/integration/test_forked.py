"""The tests' own way to run `fab` in a fork: what it says and how it ends is as of a new process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support import forked
from tests.support.clock import on_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

CALLS = (
    ("fab", "--list"),
    ("inv", "--list"),
    ("ssh-transport", "--version"),
    ("fab", "no.such-task"),
    ("fab", "-H", "proj-1", "transfer.pull", "--path=nothing", "--to=x/"),
    ("inv", "config.show", "proj-1", "--json"),
)
PRLIMIT = shutil.which("prlimit") or "prlimit"
SURROUNDINGS = """
import atexit, os, resource, signal, sys, threading
from fabric import main
atexit.register(print, "at the end")
threading.Thread(target=lambda: (threading.main_thread().join(), print("a thread"))).start()
signals = [signal.getsignal(number).__repr__() for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD)]
print(__name__, sys.argv, os.getcwd(), dict(os.environ), os.umask(0o022), signals, sorted(os.listdir("/proc/self/fd")))
print(sys.path[0], [sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty()], sys.stdin.read(), sys.excepthook)
print(main.program.executor_class, vars(main.program).keys(), "ssh_transport.tasks" in sys.modules)
print(resource.getrlimit(resource.RLIMIT_AS), sys.stdout.encoding, sys.stdout.errors, file=sys.stderr)
"""
ENDS = {
    "whole": "",
    "number": "sys.exit(7)",
    "words": "sys.exit('words')",
    "exception": "1 / 0",
    "signal": "os.kill(os.getpid(), 9)",
    "interrupt": "os.kill(os.getpid(), 2)",
}


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_fork_says_what_a_new_process_says(words: tuple[str, ...], box: Sshd, person: Person) -> None:
    """Of our programs: whole, refused, and by a box."""
    assert forked.can_run(person.argv(*words), person.environment)

    fork = person.types(*words)
    person.forks = False

    assert fork == person.types(*words)


@pytest.fixture
def odd_umask() -> Iterator[None]:
    before = os.umask(0o013)
    yield
    os.umask(before)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_fork_has_the_surroundings_of_a_new_process_and_ends_as_one(end: str, person: Person, tmp_path: Path) -> None:
    """Arguments, streams, directory, environment, signals, descriptors; threads and what is registered for the end."""
    script = tmp_path / "fab"
    script.write_text(SURROUNDINGS + end)
    env = {name: value for name, value in person.environment.items() if name != "PATH"} | {"A": "b"}
    argv = [str(script), "--word", "two words"]

    fork = forked.run(argv, cwd=person.home, env=env, stdin=b"typed\n", timeout_s=20, limit_bytes=4_000_000_000)
    process = subprocess.run(
        [PRLIMIT, "--as=4000000000", sys.executable, *argv],
        cwd=person.home,
        env=env,
        input=b"typed\n",
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert (fork.returncode, fork.stdout) == (process.returncode, process.stdout)
    assert _without_frames(fork.stderr) == _without_frames(process.stderr)


def test_a_fork_that_takes_too_long_is_killed(person: Person, tmp_path: Path) -> None:
    """As `subprocess.run` does it."""
    script = tmp_path / "fab"
    script.write_text("import time; time.sleep(60)")
    start = time.monotonic()

    with pytest.raises(subprocess.TimeoutExpired):
        forked.run([str(script)], cwd=tmp_path, env=person.environment, stdin=b"", timeout_s=0.2)

    assert time.monotonic() - start < on_this_machine(20)


@pytest.mark.parametrize("name", ["PYTHONPATH", "LC_ALL", "TZ"])
def test_what_is_read_at_the_start_wants_a_new_process(name: str, person: Person) -> None:
    """And so does any program that is not ours."""
    argv = person.argv("fab", "--list")

    assert forked.can_run(argv, person.environment)
    assert not forked.can_run(argv, person.environment | {name: "other"})
    assert not forked.can_run(["/bin/ssh"], person.environment)


def test_a_caller_that_leaves_takes_the_fork_from_no_other(person: Person) -> None:
    """Workers share one, and end one after the other."""
    place = forked.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as leaving, pytest.MonkeyPatch.context() as patched:
        leaving.connect(place)
        patched.setattr(forked, "_shared", [place])
        forked._zygote.cache_clear()
        assert person.types("fab", "--version").exit_code == 0
        leaving.close()
        assert person.types("fab", "--version").exit_code == 0


def _without_frames(said: bytes) -> list[bytes]:
    """Return it without the lines of a traceback: those of the fork tell of what started it, too."""
    return [line for line in said.splitlines() if not line.startswith(b" ")]
