"""A tool that does not work is told by a box that starts no more processes too, and in any shell."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ssh_transport.box.tools import UNFIT, relying_on, unfit_tool
from tests.support.mounts import need_root

TOOLS = ("awk", "cut", "find", "grep", "tr")
# No other process is this user's.
LIMITED = ("setpriv", "--reuid=54321", "--clear-groups", "prlimit", "--nproc=4:4")


def ran(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_of_a_box_that_starts_no_more_processes_nothing_passes_for_tried() -> None:
    need_root("to be another user")
    said = ran(*LIMITED, shutil.which("dash") or "/bin/sh", "-c", relying_on("echo on", *TOOLS))

    assert said.returncode != 0
    assert said.stdout == ""
    assert "fork" in said.stderr


@pytest.mark.parametrize("shell", ["bash", "dash", "busybox sh", "zsh", "ksh"])
def test_what_does_not_work_is_told_once_and_what_works_is_not(shell: str) -> None:
    program = shell.split()
    fails = ran(*program, "-c", "tr() { cat; }\n" + relying_on("echo on", *TOOLS))
    works = ran(*program, "-c", relying_on('echo "$1"', *TOOLS), "sh", "on")

    assert (fails.stdout, unfit_tool(fails.returncode, fails.stderr)) == ("", "tr")
    assert fails.returncode == UNFIT
    assert (works.returncode, works.stdout, works.stderr) == (0, "on\n", "")


def test_a_shell_that_waits_for_nothing_in_the_background_tries_them_too() -> None:
    """As ksh93, which takes what stands in `$( )` for done before it is."""
    script = relying_on("echo on", *TOOLS).replace("fit=$(", "fit=$(exec >/dev/null;")

    assert ran("sh", "-c", script).stdout == "on\n"
    assert ran("sh", "-c", "tr() { cat; }\n" + script).returncode == UNFIT
