"""`hygiene.crlf` on this machine and on a real box, and `hygiene.gitattributes` with a real git."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.support.trees import HOSTILE_NAMES, described

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

DEADLINE_S = 30
# Many files, so that the end comes in the middle; each is there twice, before and after.
KILLED = """
from ssh_transport.line_ends.here import scan_here
print("started", flush=True)
scan_here("scripts", fix=True)
"""


def scripts(root: Path) -> None:
    """Make one script for each hostile name."""
    for name in HOSTILE_NAMES:
        (root / f"dir {name}").mkdir(parents=True)
        (root / f"dir {name}" / f"{name}.sh").write_bytes(b"echo\r\n")
        os.utime(root / f"dir {name}" / f"{name}.sh", (1_600_000_000, 1_600_000_000))
    (root / "run").write_bytes(b"\xef\xbb\xbf#!/bin/sh\necho\r\n")
    (root / "run").chmod(0o750)
    (root / "table.csv").write_bytes(b"a,b\r\n")


def test_scripts_of_a_box_are_found_then_fixed_then_unchanged(person: Person, box: Sshd) -> None:
    """What is found is an exit code of 1, as of any linter; nothing is changed until it is asked for."""
    scripts(box.home / "work")
    before = described(box.home / "work")

    found = person.types("fab", "-H", "proj-1", "hygiene.crlf", "--path=~/work")
    unchanged = described(box.home / "work")
    fixed = person.types("fab", "-H", "proj-1", "hygiene.crlf", "--path=~/work", "--fix", "--json")
    after = described(box.home / "work")
    again = person.types("inv", "hygiene.crlf", "--on=proj-1", "--path=work", "--fix")

    assert [found.exit_code, fixed.exit_code, again.exit_code] == [1, 0, 0], found.stderr + fixed.stderr
    assert unchanged == before
    assert "  run: mixed, BOM, 1 line\n" in found.stdout
    assert "hint: fix them: fab -H proj-1 hygiene.crlf --path='~/work' --fix" in found.stderr
    assert {finding["state"] for finding in fixed.json["findings"]} == {"fixed"}
    assert len(fixed.json["findings"]) == len(HOSTILE_NAMES) + 1
    wanted = {name: (*entry[:2], b"echo\n") if name.endswith(".sh") else entry for name, entry in before.items()} | {
        "run": (*before["run"][:2], b"#!/bin/sh\necho\n")
    }
    # A directory's own time tells that something in it was renamed.
    assert {name: after[name] for name in after if (box.home / "work" / name).is_file()} == {
        name: wanted[name] for name in wanted if (box.home / "work" / name).is_file()
    }
    assert set(after) == set(before)
    assert again.stdout == "every shell script can be read by a shell (no change)\n"
    assert described(box.home / "work") == after


def test_a_directory_of_a_box_must_be_named_and_be_there(person: Person, box: Sshd) -> None:
    """A file is none."""
    (box.home / "file").touch()

    unnamed = person.types("fab", "-H", "proj-1", "hygiene.crlf")
    absent = person.types("fab", "-H", "proj-1", "hygiene.crlf", "--path=file")

    assert (unnamed.exit_code, absent.exit_code) == (2, 21)
    assert "no directory of the box was named" in unnamed.stderr
    assert absent.stderr.startswith("error: there is no directory `file` on `proj-1`\n")


def test_scripts_here_are_fixed_and_git_keeps_them_so(person: Person) -> None:
    """The second run of each changes nothing."""
    work = person.home / "work"
    scripts(work)
    subprocess.run(["git", "init", "-q"], cwd=work, check=True, timeout=20)
    subprocess.run(["git", "add", "."], cwd=work, check=True, timeout=20, env=person.environment)

    said = [person.types("inv", "hygiene.crlf", "--path=work", "--fix", "--json") for _ in range(2)]
    kept = [person.types("inv", "hygiene.gitattributes", "--path=work", "--json") for _ in range(2)]
    outside = person.types("inv", "hygiene.gitattributes")

    assert [one.exit_code for one in (*said, *kept)] == [0] * 4, said[0].stderr + kept[0].stderr
    assert [len(one.json["findings"]) for one in said] == [len(HOSTILE_NAMES) + 1, 0]
    assert [one.json["made"] for one in kept] == [True, False]
    assert kept[0].json["added"] == ["*.sh text eol=lf", "/run text eol=lf"]
    assert len(kept[0].json["renormalize"]) == len(HOSTILE_NAMES) + 1
    assert outside.exit_code == 2
    assert outside.stderr.startswith("error: `.` is in no git work tree\n")


def test_a_fix_that_is_killed_leaves_every_file_old_or_new(person: Person) -> None:
    """Wherever it was; the next run does the rest."""
    root = person.home / "scripts"
    root.mkdir()
    for number in range(3000):
        (root / f"{number:04}.sh").write_bytes(b"echo\r\n" * 1000)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=person.home, env=person.environment, stdout=subprocess.DEVNULL
    )
    deadline_s = time.monotonic() + DEADLINE_S
    while not any(path.stat().st_size == 5000 for path in root.glob("*.sh")):
        assert time.monotonic() < deadline_s
    process.kill()
    process.wait()

    contents = {path.read_bytes() for path in root.glob("*.sh")}
    again = person.types("inv", "hygiene.crlf", "--path=scripts", "--fix", "--json")

    assert contents == {b"echo\r\n" * 1000, b"echo\n" * 1000}
    assert again.exit_code == 0, again.stderr
    assert again.json["findings"]
    assert {path.read_bytes() for path in root.glob("*.sh")} == {b"echo\n" * 1000}
