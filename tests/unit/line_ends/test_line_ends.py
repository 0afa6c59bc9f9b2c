"""Line ends of shell scripts: told and mended, by Python and by the script that runs on a box alike."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.errors import NoSuchPath
from ssh_transport.line_ends import handles, here
from ssh_transport.line_ends.box_script import CHECK, SCRIPT
from ssh_transport.line_ends.ends import Ends, as_lf, fixed
from ssh_transport.line_ends.here import scan_here
from ssh_transport.line_ends.script import LIMIT_BYTES, is_shell_script
from ssh_transport.line_ends.there import parse_report
from tests.support.examples import max_examples
from tests.support.trees import HOSTILE_NAMES, described

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.line_ends.findings import Report

    Look = Callable[..., Report]

BOM = b"\xef\xbb\xbf"
OLD_NS = 1_600_000_000_123_456_789
CONTENT = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r\n", BOM, b"echo", b"\xff", b"#!/bin/sh", b" "]), max_size=12
).map(b"".join)


class Case(NamedTuple):
    content: bytes
    kinds: tuple[str, ...]
    lines: int
    mended: bytes


CASES = [
    Case(b"", (), 0, b""),
    Case(b"echo\n", (), 0, b"echo\n"),
    Case(b"echo", (), 0, b"echo"),
    Case(b"a\r\nb\r\n", ("CRLF",), 2, b"a\nb\n"),
    Case(b"a\r\nb", ("CRLF",), 1, b"a\nb"),
    Case(b"a\r\nb\r", ("CRLF",), 2, b"a\nb"),
    Case(b"a\r\nb\n", ("mixed",), 1, b"a\nb\n"),
    Case(b"a\nb\r", ("mixed",), 1, b"a\nb"),
    Case(b"a\r\r\nb\r\n", ("CRLF",), 2, b"a\nb\n"),
    Case(b"a\rb\r", ("CR",), 2, b"a\nb\n"),
    Case(b"a\rb\n", ("CR",), 1, b"a\rb\n"),
    Case(b"a\rb\r\n", ("CRLF", "CR"), 2, b"a\rb\n"),
    Case(BOM + b"a\n", ("BOM",), 1, b"a\n"),
    Case(BOM + BOM + b"a\r\n", ("CRLF", "BOM"), 1, b"a\n"),
    Case(b"a" + BOM + b"\n", (), 0, b"a" + BOM + b"\n"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.content))
def test_line_ends_are_counted_by_kind_and_number(case: Case) -> None:
    """A byte order mark is one in front only; carriage returns inside lines stay."""
    ends = Ends.of(case.content)

    assert (ends.kinds, ends.lines, fixed(case.content)) == case[1:]
    assert ends.is_fixable == (fixed(case.content) != case.content)


@given(CONTENT)
def test_mending_twice_is_mending_once(content: bytes) -> None:
    """And afterwards only what may be meant is found."""
    once = fixed(content)

    assert fixed(once) == once
    assert not Ends.of(once).is_fixable
    assert Ends.of(once).keeps_cr == Ends.of(content).keeps_cr


@given(st.binary())
def test_what_has_no_carriage_return_and_no_mark_stays(content: bytes) -> None:
    """Byte for byte."""
    plain = content.replace(b"\r", b"").lstrip(BOM)

    assert fixed(plain) == as_lf(plain) == plain
    assert Ends.of(plain).kinds == ()


@pytest.mark.parametrize(
    ("name", "head", "is_script"),
    [
        ("run.sh", b"", True),
        ("RUN.SH", b"", True),
        ("run", BOM + b"#!/bin/sh\r\n", True),
        ("run", b"#!/usr/bin/env bash\recho", True),
        ("run.bat", b"#!/bin/sh\r\n", False),
        ("run.PS1", b"#!/bin/sh\r\n", False),
        ("run", b"#!/usr/bin/python\recho /bin/sh", False),
        ("run", b"#!/bin/shy\n", False),
        ("run", b"\n#!/bin/sh\n", False),
        ("run", b"#" + b"!" + b"/" * 130 + b"sh", False),
    ],
)
def test_a_script_is_recognised_by_its_suffix_or_its_first_line(
    name: str, head: bytes, is_script: bool, tmp_path: Path
) -> None:
    """Here and by the script for boxes alike; never what Windows runs."""
    (tmp_path / name).write_bytes(head + b"\r\nx\r\n")

    assert is_shell_script(name, head) == is_script
    assert bool(scan_here(str(tmp_path), fix=False).findings) == is_script
    assert bool(on_box(tmp_path).findings) == is_script


def on_box(root: Path, *, fix: bool = False) -> Report:
    """Run what a box is asked."""
    said = subprocess.run(
        ["sh", "-c", SCRIPT, "sh", root, "yes" if fix else "", CHECK], capture_output=True, check=True, timeout=60
    )
    assert said.stderr == b""
    return parse_report(str(root), iter([said.stdout]), "`proj-1`", fix=fix)


@pytest.mark.slow
@max_examples(5)
@given(st.lists(CONTENT, min_size=1, max_size=10))
@example([case.content for case in CASES])
@example([b"#!/bin/sh\r\n" + case.content for case in CASES])
def test_a_box_finds_and_mends_what_python_does(contents: list[bytes]) -> None:
    """The same records, the same bytes, here and there; a second run changes nothing."""
    with tempfile.TemporaryDirectory() as place:
        trees = [Path(place, "here"), Path(place, "there")]
        for tree in trees:
            for number, content in enumerate(contents):
                (tree / str(number)).mkdir(parents=True)
                (tree / str(number) / "new\nline.sh").write_bytes(content)
                (tree / str(number) / "plain").write_bytes(content)

        found = scan_here(str(trees[0]), fix=False), on_box(trees[1])
        rewritten = scan_here(str(trees[0]), fix=True), on_box(trees[1], fix=True)
        after = described(trees[0]), described(trees[1])
        again = scan_here(str(trees[0]), fix=True), on_box(trees[1], fix=True)

        assert found[0].findings == found[1].findings
        assert rewritten[0].findings == rewritten[1].findings
        assert {name: entry[2] for name, entry in after[0].items()} == {
            name: entry[2] for name, entry in after[1].items()
        }
        assert all(
            (trees[0] / str(number) / "new\nline.sh").read_bytes() == fixed(content)
            for number, content in enumerate(contents)
        )
        assert again[0].findings == again[1].findings
        assert all(finding.state == "left" for finding in again[0].findings)
        assert (described(trees[0]), described(trees[1])) == after


@pytest.fixture(params=["here", "there"])
def look(request: pytest.FixtureRequest) -> Look:
    """Both ways to look."""
    return on_box if request.param == "there" else lambda root, *, fix=False: scan_here(str(root), fix=fix)


@pytest.mark.parametrize("text", ["#!/bin/sh\necho x\n", "#!/bin/sh\r\necho x\r\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_script_in_utf_16_is_told_and_left(text: str, encoding: str, look: Look, tmp_path: Path) -> None:
    """As Windows PowerShell writes it; no shell reads it, and what else it holds is not known."""
    (tmp_path / "a.sh").write_bytes(("\ufeff" + text).encode(encoding))
    before = described(tmp_path)

    report = look(tmp_path, fix=True)

    assert (report.findings, report.unread) == ((), ("a.sh: it is UTF-16, which no shell reads",))
    assert str(report).startswith("every other shell script can be read by a shell (no change)\n  not read: a.sh")
    assert described(tmp_path) == before


def test_what_another_hard_link_keeps_is_told(look: Look, tmp_path: Path) -> None:
    """The file is replaced whole or not at all, so the other name is of the old one."""
    (tmp_path / "a.sh").write_bytes(b"echo\r\n")
    os.link(tmp_path / "a.sh", tmp_path / "b.txt")

    found, (fixed_one,) = str(look(tmp_path)), look(tmp_path, fix=True).findings

    assert "hard link" not in found
    assert (
        str(fixed_one) == "a.sh: CRLF, 1 line (fixed): another hard link keeps the old content, unless it is listed too"
    )
    assert (tmp_path / "b.txt").read_bytes() == b"echo\r\n"


def test_mode_and_time_of_a_fixed_file_stay(look: Look, tmp_path: Path) -> None:
    """To the nanosecond, so that no order changes; nothing lies beside it."""
    (tmp_path / "run").write_bytes(b"#!/bin/sh\r\n")
    (tmp_path / "run").chmod(0o2751)
    os.utime(tmp_path / "run", ns=(OLD_NS, OLD_NS))

    report = look(tmp_path, fix=True)

    status = (tmp_path / "run").stat()
    assert [finding.state for finding in report.findings] == ["fixed"]
    assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o2751, OLD_NS)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run").read_bytes() == b"#!/bin/sh\n"


def test_links_binaries_and_git_s_own_files_are_never_touched(look: Look, tmp_path: Path) -> None:
    """Nor is what a link to elsewhere leads to, what is too large for a script, or a pipe."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / ".git" / "hooks").mkdir(parents=True)
    outside.mkdir()
    for path in (outside / "x.sh", root / ".git" / "hooks" / "y.sh", root / "z.cmd"):
        path.write_bytes(b"#!/bin/sh\r\n")
    (root / "link.sh").symlink_to("../outside/x.sh")
    (root / "directory").symlink_to("../outside")
    (root / "installer.sh").write_bytes(b"#!/bin/sh\r\n" + b"x" * 10_000 + b"\0\r\n")
    (root / "large.sh").write_bytes(b"#!/bin/sh\r\n" + b"x" * LIMIT_BYTES)
    os.mkfifo(root / "pipe.sh")
    before = [(path, path.lstat()) for path in tmp_path.rglob("*")]

    report = look(root, fix=True)

    assert (report.findings, report.unread) == ((), ())
    assert {path: found.st_ctime_ns for path, found in before if path.is_file()} == {
        path: path.lstat().st_ctime_ns for path, _ in before if path.is_file()
    }


def test_any_name_is_found_and_fixed(look: Look, tmp_path: Path) -> None:
    """With newlines, quotes, options and bytes that are no text."""
    names = [*HOSTILE_NAMES, os.fsdecode(b"caf\xe9")]
    for name in names:
        (tmp_path / f"dir {name}").mkdir()
        (tmp_path / f"dir {name}" / f"{name}.sh").write_bytes(b"a\r\n")

    report = look(tmp_path, fix=True)

    assert [finding.name for finding in report.findings] == sorted(f"dir {name}/{name}.sh" for name in names)
    assert all(path.read_bytes() == b"a\n" for path in tmp_path.rglob("*.sh"))


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    """Beside others; what is not there is an error."""
    for name in ("a.sh", "b.sh"):
        (tmp_path / name).write_bytes(b"a\r\n")

    report = scan_here(str(tmp_path / "a.sh"), fix=True)

    assert [finding.name for finding in report.findings] == ["a.sh"]
    assert (tmp_path / "b.sh").read_bytes() == b"a\r\n"
    with pytest.raises(NoSuchPath, match=r"there is no `.*gone`"):
        scan_here(str(tmp_path / "gone"), fix=False)


def test_a_file_that_changes_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left as the other writer has it, and told."""
    path = tmp_path / "run.sh"
    path.write_bytes(b"old\r\n")

    def meanwhile(content: bytes) -> bytes:
        path.write_bytes(b"new\r\n")
        return fixed(content)

    monkeypatch.setattr(here, "fixed", meanwhile)

    [finding] = scan_here(str(tmp_path), fix=True).findings

    assert (finding.state, finding.why) == ("left", "it was changed meanwhile; run it again")
    assert path.read_bytes() == b"new\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["run.sh"]


def test_a_fix_that_is_interrupted_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the last moment before the rename; nothing lies beside it."""
    (tmp_path / "run.sh").write_bytes(b"old\r\n")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(handles.os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        scan_here(str(tmp_path), fix=True)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"run.sh": b"old\r\n"}
