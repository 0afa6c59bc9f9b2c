"""`transfer.get` and `transfer.put` when they are cut short: a file arrives whole and unseen, or the old one stays."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from tests.support.small_files import get, names, put
from tests.support.tools import says

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_an_upload_that_fails_leaves_what_was_there(way: str, box: Sshd, person: Person) -> None:
    """The box can't hold the new file: the old one stays, whole, and no remains of the new one."""
    says(box, "#!/bin/sh\n", "#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\n")
    (box.home / "x").write_text("old")
    (person.home / "x").write_bytes(b"new" * 100_000)

    said = put(person, "--path=x", "--to=x")

    assert said.exit_code in {20, 25}, said.stderr
    assert (box.home / "x").read_text() == "old"
    assert names(box.home) == {"x", ".ssh"}


def test_an_upload_that_is_cut_leaves_what_was_there(way: str, box: Sshd, person: Person) -> None:
    """The box's end dies in the middle."""
    says(box, "#!/bin/sh\n", "#!/bin/sh\nulimit -f 8\n")
    (box.home / "x").write_text("old")
    (person.home / "x").write_bytes(b"new" * 100_000)

    said = put(person, "--path=x", "--to=x")

    assert said.exit_code in {15, 20, 25}, said.stderr
    assert "Traceback" not in said.stderr
    assert (box.home / "x").read_text() == "old"
    for left in box.home.glob(".put-*"):
        assert stat.S_IMODE(left.stat().st_mode) & 0o077 == 0


def test_nobody_else_can_read_a_file_while_it_arrives(way: str, box: Sshd, person: Person, tmp_path: Path) -> None:
    """Though the box's umask lets everybody: what an upload that was cut left tells."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cat").write_text('#!/bin/sh\nstat -L -c %a /proc/self/fd/1 >"$HOME/seen"\nexec /bin/cat\n')
    (tmp_path / "bin" / "cat").chmod(0o755)
    says(box, "export PATH=", f"umask 000\nulimit -f 8\nexport PATH={tmp_path}/bin:")
    (person.home / "x").write_bytes(b"new" * 100_000)

    put(person, "--path=x", "--to=x", "--mode=0666")

    if way == "shell":
        assert (box.home / "seen").read_text() == "600\n"
    else:
        [left] = box.home.glob(".put-*")
        [file] = left.iterdir()
        assert (stat.S_IMODE(left.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)
        assert file.stat().st_size > 0


def test_a_box_that_sends_more_than_it_said_is_cut_off(box: Sshd, person: Person, tmp_path: Path) -> None:
    """It said one byte."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "stat").write_text("#!/bin/sh\necho 81a4 1 0\n")
    (tmp_path / "bin" / "head").write_text("#!/bin/sh\nexec /usr/bin/head -c 100000 /dev/zero\n")
    for tool in ("stat", "head"):
        (tmp_path / "bin" / tool).chmod(0o755)
    says(box, "export PATH=", f"export PATH={tmp_path}/bin:")
    says(box, "internal-sftp*) exec ", "internal-sftp*) exit 1; ")
    (box.home / "x").write_text("x")

    said = get(person, "--path=x")

    assert said.exit_code == 25
    assert "sends more than it said" in said.stderr
    assert not (person.home / "proj-1").exists()


def test_half_an_input_never_becomes_the_file(box: Sshd, person: Person, tmp_path: Path) -> None:
    """Through the shell the end of a broken link looks like the end of the file: the size tells."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cat").write_text("#!/bin/sh\nexec head -c 1000\n")
    (tmp_path / "bin" / "cat").chmod(0o755)
    says(box, "export PATH=", f"export PATH={tmp_path}/bin:")
    says(box, "internal-sftp*) exec ", "internal-sftp*) exit 1; ")
    (box.home / "x").write_text("old")
    (person.home / "x").write_bytes(b"new" * 10_000)

    said = put(person, "--path=x", "--to=x")

    assert said.exit_code == 20
    assert "it did not arrive whole" in said.stderr
    assert (box.home / "x").read_text() == "old"
    assert names(box.home) == {"x", ".ssh"}
