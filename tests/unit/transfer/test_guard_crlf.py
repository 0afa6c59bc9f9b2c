"""Shell scripts with Windows line ends are found, and sent so that a second push finds nothing to do."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.request.patterns import literal_exclude
from ssh_transport.transfer.guard import crlf
from tests.support.trees import HOSTILE_NAMES, described


class Script(NamedTuple):
    name: str
    content: bytes
    named: bool


@pytest.mark.parametrize(
    "case",
    [
        Script("run.sh", b"set -e\r\n", named=True),
        Script("run.bash", b"set -e\necho\r\n", named=True),
        Script("run", b"#!/bin/sh\r\nset -e\r\n", named=True),
        Script("run", b"#!/usr/bin/env bash\r\n", named=True),
        Script("run.txt", b"#!/usr/bin/env -S zsh -f\r\n", named=True),
        Script("late.sh", b"#" * 500_000 + b"\r\n", named=True),
        Script("run.sh", b"set -e\n", named=False),
        Script("run", b"#!/bin/sh\nset -e\n", named=False),
        Script("run.py", b"#!/usr/bin/env python3\r\nprint()\r\n", named=False),
        Script("run.fish", b"#!/usr/bin/fish\r\n", named=False),
        Script("table.csv", b"a,b\r\n", named=False),
        Script("empty.sh", b"", named=False),
    ],
    ids=str,
)
def test_a_shell_script_is_told_by_its_name_or_its_first_line(case: Script, tmp_path: Path) -> None:
    """Only shells take the carriage return for a part of a word."""
    (tmp_path / case.name).write_bytes(case.content)

    assert crlf.scripts(f"{tmp_path}/", [case.name]) == ([case.name] if case.named else [])


def test_links_and_what_is_no_file_are_passed_over(tmp_path: Path) -> None:
    """A link counts where links are followed."""
    (tmp_path / "run.sh").write_bytes(b"\r\n")
    (tmp_path / "link.sh").symlink_to("run.sh")
    (tmp_path / "directory.sh").mkdir()
    os.mkfifo(tmp_path / "pipe.sh")
    names = ["link.sh", "directory.sh/", "pipe.sh", "gone.sh", "run.sh"]

    assert crlf.scripts(f"{tmp_path}/", names) == ["run.sh"]
    assert crlf.scripts(f"{tmp_path}/", names, copy_links=True) == ["link.sh", "run.sh"]


def test_the_warning_names_the_scripts_and_the_flag() -> None:
    """Ten of them, and how many more."""
    warning = crlf.warning([f"{number}\n.sh" for number in range(12)])

    assert warning.startswith("warning: 12 shell scripts with Windows line ends: 0\\n.sh, 1\\n.sh, ")
    assert "9\\n.sh, and 2 more\n" in warning
    assert "--fix-crlf" in warning


@pytest.mark.parametrize("slash", ["/", ""])
def test_two_pushes_bring_scripts_with_lf_and_the_second_changes_nothing(slash: str, tmp_path: Path) -> None:
    """The main tree without the scripts, then the staged one; modes and times are the originals'."""
    source = tmp_path / "source"
    for name in HOSTILE_NAMES:
        (source / f"dir {name}").mkdir(parents=True)
        (source / f"dir {name}" / f"{name}.sh").write_bytes(b"echo\r\n")
        (source / f"dir {name}" / f"{name}.sh").chmod(0o750)
        os.utime(source / f"dir {name}" / f"{name}.sh", (1_600_000_000, 1_600_000_000))
        (source / f"dir {name}" / "table.csv").write_bytes(b"a\r\n")
        os.utime(source / f"dir {name}", (1_500_000_000, 1_500_000_000))
    source.chmod(0o711)
    here = f"{source}{slash}"
    base = "" if slash else "source/"
    every = [f"{base}{path.relative_to(source)}" for path in source.rglob("*")]
    before = described(source)

    said = [push_fixed(here, crlf.scripts(here, every), f"{tmp_path}/target/") for _ in range(2)]

    target = tmp_path / "target" / base
    wanted = {
        name: (*rest[:2], b"echo\n") if name.endswith(".sh") else rest for name, rest in described(source).items()
    }
    assert described(target) == wanted
    assert stat.S_IMODE(target.stat().st_mode) == 0o711
    assert described(source) == before
    assert said[1] == ""
    assert len(said[0].splitlines()) > len(HOSTILE_NAMES)


def push_fixed(here: str, names: list[str], target: str) -> str:
    main = rsync("-rlpti", *(f"--exclude={literal_exclude(name)}" for name in names), here, target)
    with crlf.lf_copies(here, names) as staged:
        return main + rsync("-rlpti", staged, target)


def test_nothing_of_the_staged_tree_can_be_read_by_others_or_is_left(tmp_path: Path) -> None:
    """Not even if the push fails."""
    (tmp_path / "run.sh").write_bytes(b"\r\n")
    (tmp_path / "run.sh").chmod(0o444)
    tmp_path.chmod(0o555)

    seen: list[tuple[Path, int, bytes]] = []

    with pytest.raises(OSError, match="push"):
        push_in_vain(f"{tmp_path}/run.sh", seen)

    tmp_path.chmod(0o755)
    [(place, mode, content)] = seen
    assert (mode, content) == (0o700, b"\n")
    assert not place.exists()


def push_in_vain(here: str, seen: list[tuple[Path, int, bytes]]) -> None:
    with crlf.lf_copies(here, ["run.sh"]) as staged:
        place = Path(staged).parents[1]
        seen.append((place, stat.S_IMODE(place.stat().st_mode), Path(staged).read_bytes()))
        raise OSError("push")


@pytest.mark.slow
@given(
    st.lists(
        st.text(st.sampled_from("a*?[]\\!^-+ .~\n#é"), min_size=1, max_size=6), min_size=2, max_size=5, unique=True
    )
)
@example(["a*", "a\\*", "ab", "a\\"])
@example(["***", "**", "*"])
@example(["a\\b", "ab"])
@example([" - a", "a"])
def test_an_exclude_fits_just_the_name_it_was_made_for(names: list[str]) -> None:
    """Asked of the real rsync: of all names only the first is left out, and none of that name deeper down."""
    names = [name for name in names if name not in {".", ".."}]
    if not names:
        return
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "root")
        for directory in (root, root / "deeper-down"):
            directory.mkdir()
            for name in names:
                (directory / name).touch()
        pattern = literal_exclude(names[0])
        said = rsync(
            "-r0",
            "--dry-run",
            "--8-bit-output",
            "--out-format=%n//",
            f"--exclude={pattern}",
            f"{root}/",
            f"{place}/to/",
        )

    sent = {name.strip("\n") if name.endswith("/") else name for name in said.split("//\n")}
    expected = {f"deeper-down/{shown(name)}" for name in names} | {shown(name) for name in names[1:]}
    assert {name for name in sent if name and not name.endswith("/")} == expected


def shown(name: str) -> str:
    r"""As rsync prints it: ``\#012`` for a newline, ``\#134`` for a backslash that looks like such a code."""
    name = re.sub(r"\\(?=#\d{3})", lambda _: r"\#134", name)
    return name.replace("\n", r"\#012")


def rsync(*words: str) -> str:
    done = subprocess.run(
        ["rsync", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=20,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.stdout.decode()
