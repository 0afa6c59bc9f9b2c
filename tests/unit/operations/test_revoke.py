"""A key is taken out of `authorized_keys` and nothing else is, whatever happens to the file meanwhile."""

from __future__ import annotations

import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import Box
from ssh_transport.errors import Incomplete, UsageError
from ssh_transport.openssh.public_key import fingerprint
from ssh_transport.operations.revoke import revoke_key
from tests.support.local_shell import LocalShell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINE = "AAAAC3NzaC1lZDI1NTE5AAAAIE1pbmVNaW5lTWluZU1pbmVNaW5lTWluZU1pbmVNaW5l"
THEIRS = "AAAAC3NzaC1lZDI1NTE5AAAAIEhlbGxvSGVsbG9IZWxsb0hlbGxvSGVsbG9IZWxsb0hl"
OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIE90aGVyT3RoZXJPdGhlck90aGVyT3RoZXJPdGhlck90"
FINGERPRINT = "SHA256:nfrwv6O9QIZ6IFlaJTy1A6ANOS2YlpFlX/RdUG1GJ1U"
LATE = f"ssh-ed25519 {OTHER} late\n".encode()


class Door:
    """A box with an `authorized_keys`, into which somebody may write at the worst moment."""

    def __init__(self, root: Path, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
        self.box = box
        self.file = root / "home" / ".ssh" / "authorized_keys"
        self.file.parent.mkdir(mode=0o700, parents=True)
        self.shell = LocalShell(root / "home", monkeypatch)
        self.tools = root / "tools"
        self.tools.mkdir()
        monkeypatch.setattr(Box, "carrier", SimpleNamespace(key_used=fingerprint(MINE)))

    def meanwhile(self, program: str, script: str) -> None:
        """Run a script before each call of a program on the box; `$keys` is the file."""
        path = self.tools / program
        path.write_text(f'#!/bin/sh\nkeys="{self.file}"\n{script}\nPATH={self.shell.path}\nexec {program} "$@"\n')
        path.chmod(0o755)

    def revoke(self, named: str, **options: bool) -> bool:
        before = self.shell.path
        self.shell.path = f"{self.tools}:{before}"
        try:
            return revoke_key(self.box, named, **options).made
        finally:
            self.shell.path = before


@pytest.fixture
def door(tmp_path: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(tmp_path / "box", make_box(), monkeypatch)


def lines(*keys: str) -> bytes:
    return "".join(f"ssh-ed25519 {key}\n" for key in keys).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lines(f"{THEIRS} a"), b""),
        (
            b"# x\r\n\n" + lines(f"{THEIRS} a", f"{MINE} b") + b"\xff\x00odd",
            b"# x\r\n\n" + lines(f"{MINE} b") + b"\xff\x00odd",
        ),
        (lines(f"{MINE} b") + f"no-pty ssh-ed25519 {THEIRS} a".encode(), lines(f"{MINE} b")),
        (lines(f"{THEIRS} a", f"{MINE} b", f"{THEIRS} again"), lines(f"{MINE} b")),
        (lines(f"{THEIRS} a") + b"# \x0b\x0c\x1c\xc2\x85\n", b"# \x0b\x0c\x1c\xc2\x85\n"),
    ],
)
@pytest.mark.parametrize("named", ["a", FINGERPRINT])
def test_every_other_byte_stays(before: bytes, after: bytes, named: str, door: Door) -> None:
    """Comments, blank lines, odd bytes, a last line without its end; the mode is private afterwards."""
    door.file.write_bytes(before)
    door.file.chmod(0o644)
    made = [door.revoke(named), door.revoke(FINGERPRINT)]

    assert (made, door.file.read_bytes()) == ([True, False], after)
    assert stat.S_IMODE(door.file.stat().st_mode) == 0o600
    assert [path.name for path in door.file.parent.iterdir()] == ["authorized_keys"]


@pytest.mark.parametrize("program", ["mktemp", "sha256sum", "mv"])
def test_a_key_that_is_appended_meanwhile_is_not_lost(program: str, door: Door) -> None:
    """Before the comparison, while it runs, and before the rename."""
    door.file.write_bytes(lines(f"{THEIRS} a", f"{MINE} b"))
    mark = door.tools / "done"
    door.meanwhile(program, f'[ -e "{mark}" ] || {{ : >"{mark}"; echo "ssh-ed25519 {OTHER} late" >>"$keys"; }}')

    assert door.revoke("a")
    assert door.file.read_bytes() == lines(f"{MINE} b") + LATE
    assert [path.name for path in door.file.parent.iterdir()] == ["authorized_keys"]


def test_a_file_that_changes_all_the_time_is_left_alone(door: Door) -> None:
    """After a few attempts, without what was staged."""
    door.file.write_bytes(lines(f"{THEIRS} a"))
    door.meanwhile("sha256sum", 'echo "# more" >>"$keys"')

    with pytest.raises(Incomplete, match="changes faster"):
        door.revoke("a")
    assert door.file.read_bytes().startswith(lines(f"{THEIRS} a"))
    assert [path.name for path in door.file.parent.iterdir()] == ["authorized_keys"]


def test_a_key_that_comes_back_is_reported(door: Door) -> None:
    """Done is only what was read again."""
    door.file.write_bytes(lines(f"{THEIRS} a"))
    door.meanwhile("rm", f'echo "ssh-ed25519 {THEIRS} a" >>"$keys"')

    with pytest.raises(Incomplete, match="is in authorized_keys again"):
        door.revoke("a")


def test_a_comment_of_several_keys_is_refused_with_their_fingerprints(door: Door) -> None:
    """Nothing is taken out by guessing."""
    door.file.write_bytes(lines(f"{THEIRS} same", f"{OTHER} same"))

    with pytest.raises(UsageError, match="is the comment of 2 keys") as caught:
        door.revoke("same")
    assert FINGERPRINT in caught.value.cause
    assert door.file.read_bytes() == lines(f"{THEIRS} same", f"{OTHER} same")


@pytest.mark.parametrize("named", ["nobody", "SHA256:short", THEIRS[:20], "ssh-ed25519", ""])
def test_what_is_not_there_is_refused_with_what_is(named: str, door: Door) -> None:
    """With fingerprint and comment of each; a comment must be whole."""
    door.file.write_bytes(lines(f"{THEIRS} me@here", OTHER))

    with pytest.raises(UsageError, match="no key that may log in is called") as caught:
        door.revoke(named)
    assert f"{FINGERPRINT} (me@here)" in caught.value.cause


def test_the_key_in_use_goes_only_on_request(door: Door) -> None:
    """Under whatever name it is called."""
    door.file.write_bytes(lines(f"{MINE} me"))

    with pytest.raises(UsageError, match="the key you are logged in with"):
        door.revoke("me")
    assert door.file.read_bytes() == lines(f"{MINE} me")
    assert door.revoke("me", including_mine=True)
    assert door.file.read_bytes() == b""


def test_a_dry_run_writes_nothing(door: Door) -> None:
    """It only reads."""
    door.file.write_bytes(lines(f"{THEIRS} a"))

    assert door.revoke("a", dry_run=True)
    assert door.file.read_bytes() == lines(f"{THEIRS} a")
    assert len(door.shell.said) == 1
