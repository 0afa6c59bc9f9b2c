"""Invalid lines in the process listing of a box are left out, whatever a process calls itself."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box import script
from ssh_transport.processes import listing
from ssh_transport.processes.listing import Process, parse
from ssh_transport.processes.listing_script import LIST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# What stands between the state and the start: see proc_pid_stat(5).
_MIDDLE = "0 -1 4194304 0 0 0 0 0 0 0 0 20 0"


def stat(pid: int, name: str, *, parent: int = 1, born: int = 100, state: str = "S", threads: int = 1) -> str:
    return f"{pid} ({name}) {state} {parent} {pid} {pid} {_MIDDLE} {threads} 0 {born} 0 0"


def said(*pairs: tuple[str, str], own: int = 9, uid: int = 0) -> bytes:
    """Return what a box says: pairs of a stat line and a command line."""
    lines = [f"proc {own} 100", "user 0 root", "user 7 you"]
    for status, command in pairs:
        lines += [f"process {uid} {status}", command]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose name and words are hostile."""
    named = "printf ') 1 1 1 1 1 1 ' >/proc/$$/comm; echo; read x"
    words = ["sh", "-c", named, "a\nprocess 0 1 (x) S 0 1 1", "\x1b[2J\xff", ") R 1 1"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_every_field_has_its_place() -> None:
    """The age is counted from our own shell, the user by the box's names."""
    found = parse(
        said((stat(9, "sh", born=2500), "sh -c x"), (stat(20, "python", parent=3), "python  train.py "), uid=7)
    )

    assert found.own == 9
    assert found.processes[1] == Process(
        pid=20,
        parent=3,
        group=20,
        session=20,
        state="S",
        threads=1,
        born="100",
        user="you",
        age_s=24,
        command="python  train.py",
    )


@pytest.mark.parametrize("name", ["a b", ") S 1 1 1", "(((", "", "\\n", "1 (init) S 0"])
def test_a_name_moves_no_field(name: str) -> None:
    """It may hold spaces and brackets; the last bracket ends it."""
    [found] = parse(said((stat(20, name, parent=3), ""))).processes

    assert (found.pid, found.parent, found.command) == (20, 3, f"[{name}]")


def test_a_command_line_is_never_taken_for_a_process() -> None:
    """Whatever it says, it is the line after its process."""
    forged = f"process 0 {stat(1, 'init')}"

    found = parse(said((stat(20, "x"), forged), (stat(21, "y"), "user 0 evil"), (stat(22, "z"), "")))

    assert [(p.pid, p.user) for p in found.processes] == [(20, "root"), (21, "root"), (22, "root")]
    assert found.processes[0].command == forged


def test_the_first_of_several_threads_is_no_zombie_while_others_run() -> None:
    """It shows as one, but the process holds its memory."""
    lines = ((stat(20, "x", state="Z"), ""), (stat(21, "x", state="Z", threads=3), ""))

    assert [process.is_zombie for process in parse(said(*lines)).processes] == [True, False]


def test_a_process_that_seems_to_begin_later_than_now_is_new() -> None:
    assert listing._seconds("49710-06:28:14") == 0
    assert listing._seconds("2-03:04:05") == 183845


@given(st.binary())
def test_any_answer_is_read(answer: bytes) -> None:
    """What makes no sense is left out."""
    for head in (b"", b"ps 5\n", b"proc\n", b"proc 5 100 x\n", b"proc 5 100 x\nprocess 0 5 (x) S " + b"9" * 5000):
        for process in parse(head + answer).processes:
            assert "\n" not in str(process)


@pytest.mark.parametrize("shell", [["sh"], ["bash"], ["busybox", "sh"]])
@pytest.mark.parametrize("way", ["/proc", "ps"])
def test_a_hostile_process_is_found_by_every_shell(
    shell: list[str], way: str, sleeper: subprocess.Popen[bytes]
) -> None:
    """It is itself, its parent is us, nothing of its words became a process."""
    script = LIST if way == "/proc" else LIST.replace("[ ! -r /proc/self/stat ]", "true")

    done = subprocess.run([*shell, "-c", script], capture_output=True, check=True)
    found = {process.pid: process for process in parse(done.stdout).processes}

    it = found[sleeper.pid]
    # A machine that is halted for a while grows older, too.
    assert (it.parent, it.age_s < 3600) == (os.getpid(), True)
    assert it.command.startswith("sh -c printf ")
    assert "\x1b" not in str(it)
    assert found[os.getpid()].command
    assert done.stderr == b""


def test_a_shell_that_lists_by_ps_finds_itself_with_its_words(tmp_path: Path) -> None:
    """Where there is no `/proc`, as on a Mac."""
    marker, first = script.framed(LIST.replace("/proc/self/stat", str(tmp_path / "missing")), ())
    done = subprocess.run(
        ["sh", "-c", script.LINE],
        input=first,
        capture_output=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    found = parse(done.stdout.partition(marker.encode())[2])

    (own,) = [process for process in found.processes if process.pid == found.own]
    assert listing._OWN_WORDS in own.command


def test_a_box_says_whether_it_can_be_asked_about_its_graphics_cards() -> None:
    assert parse(b"proc 9 100 gpu\n").has_gpu_tool
    assert parse(b"ps 9 - gpu\n").has_gpu_tool
    assert not parse(b"proc 9 100 \nuser 0 gpu\n").has_gpu_tool


def test_a_box_without_a_grep_that_can_be_asked_of_all_at_once_says_the_same(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    for tool in ("awk", "cat", "getconf", "tr"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/missing")
    said = [
        subprocess.run(["/bin/sh", "-c", LIST], capture_output=True, check=True, env=environment).stdout
        for environment in (os.environ, {"PATH": str(tmp_path)})
    ]

    assert said[1].startswith(b"proc ")
    assert b"\nprocess 0 " in said[1]
    at_once, one_by_one = ({process.pid: process for process in parse(one).processes} for one in said)
    assert at_once[sleeper.pid].command == one_by_one[sleeper.pid].command
    assert at_once[sleeper.pid].identity == one_by_one[sleeper.pid].identity
    assert at_once[sleeper.pid].user == one_by_one[sleeper.pid].user


def test_no_argument_passes_for_what_another_file_says() -> None:
    found = parse(f"proc 9 100\n7/stat:{stat(7, 'x')}\n7/cmdline:a\n7/cmdline:8/stat:{stat(8, 'y')}\n".encode())

    (only,) = found.processes
    assert only.command == f"a 8/stat:{stat(8, 'y')}"


def test_a_thread_of_the_kernel_is_no_process() -> None:
    kernels = stat(20, "kworker").replace(" 4194304 ", f" {4194304 | 0x200000} ")

    assert [one.pid for one in parse(said((kernels, ""), (stat(21, "x"), ""))).processes] == [21]


@pytest.mark.parametrize("packs", [bytes, gzip.compress])
@pytest.mark.parametrize(("filling", "millions"), [(b"\n", 60), (b"process 0 1 (x)" + b" " * 40_000 + b"\n", 70)])
def test_more_than_any_box_has_is_nothing_and_takes_no_room(
    packs: Callable[[bytes], bytes], filling: bytes, millions: int
) -> None:
    """A box may pack 64 MB into 64 kB: as lines they would take a gigabyte."""
    bomb = packs(b"proc 9 100\n" + filling * (millions * 1_000_000 // len(filling)))
    tracemalloc.start()
    try:
        found = parse(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.processes == ()
    assert most < 3 * listing._LIMIT_BYTES
