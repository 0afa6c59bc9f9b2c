"""Any word reaches a script on a box as it is."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box import script

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("dash", "bash", "busybox")
NAMES = st.binary(min_size=1, max_size=40).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"\\")))


@pytest.mark.parametrize("login_shell", SHELLS)
@given(words=st.lists(NAMES, min_size=1, max_size=4))
def test_words_of_any_bytes_arrive(login_shell: str, words: list[str]) -> None:
    """Names of files need not be UTF-8; what follows on standard input is the script's."""
    marker, first = script.framed('printf "%s\\0" "$@"; cat', words)

    argv = ["busybox", "sh", "-c"] if login_shell == "busybox" else [login_shell, "-c"]
    done = subprocess.run([*argv, script.LINE], input=first + b"the rest", stdout=subprocess.PIPE, check=True)

    begins, _, said = done.stdout.partition(marker.encode())
    assert begins.strip() == b""
    assert said == b"".join(os.fsencode(word) + b"\0" for word in words) + b"the rest"


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "ksh", "fish", "tcsh"])
def test_a_shell_that_gets_it_as_its_own_script_runs_nothing_of_it_unasked(shell: str, tmp_path: Path) -> None:
    """It may take our first line; the others are comments to it."""
    (tmp_path / "here").mkdir()
    _, first = script.framed("touch x", ["; touch y", "\n touch z"])
    subprocess.run([shell], input=first.partition(b"\n")[2], cwd=tmp_path / "here", capture_output=True, check=False)

    assert list((tmp_path / "here").iterdir()) == []
