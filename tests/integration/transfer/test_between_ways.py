"""Which way a copy from box to box takes: straight, past this machine, or streamed through it past its disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from demo.link import Link
from tests.support.sshd import Sshd
from tests.support.trees import described, names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.two_boxes import TwoBoxes

LARGE_BYTES = 5_000_000


def test_nothing_of_a_file_comes_through_this_machine_if_it_goes_straight(two: TwoBoxes) -> None:
    """Our own link carries a plan and a comparison only, and nothing is added to the boxes' own ssh files."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(LARGE_BYTES))
    keys = sorted((two.source.home / ".ssh").iterdir()), sorted((two.target.home / ".ssh").iterdir())

    with Link(two.source.port) as link:
        two.leads("proj-1", link.port)
        said = two.copies()

    assert said.exit_code == 0, said.stderr
    assert link.bytes_up + link.bytes_down < LARGE_BYTES / 10
    last = said.stdout.splitlines()[-1]
    assert re.fullmatch(r"data/ckpt on proj-2: the one file \(5\.0 MB\) arrived and compared equal \(\w+\)", last)
    assert keys == (sorted((two.source.home / ".ssh").iterdir()), sorted((two.target.home / ".ssh").iterdir()))


def test_a_stream_touches_no_local_disk(two: TwoBoxes, tmp_path: Path) -> None:
    """Neither the home nor the temporary directory holds a file more, or a larger one, at any later time."""
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(LARGE_BYTES))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "cache").mkdir()
    before = described(two.person.home)

    said = two.copies("--json", env={"TMPDIR": str(temporary), "XDG_CACHE_HOME": str(tmp_path / "cache")})

    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == "sftp"
    assert LARGE_BYTES * 2 < said.json["wire_bytes"] < LARGE_BYTES * 2.2
    assert described(two.person.home) == before
    assert names(temporary) == set()
    assert sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file()) == 0


def test_a_file_can_not_grow_here_even_if_it_wanted_to(two: TwoBoxes) -> None:
    """With room for no file at all on this machine, a stream arrives."""
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "big").write_bytes(os.urandom(LARGE_BYTES))
    words = two.person.argv("inv", "transfer.copy", "--from=proj-1:ckpt", "--to=proj-2:data/")

    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *words],
        cwd=two.person.home,
        env=two.person.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (two.target.home / "data" / "ckpt" / "big").stat().st_size == LARGE_BYTES


def test_another_machine_at_that_address_gets_nothing(two: TwoBoxes, tmp_path: Path) -> None:
    """What this machine reaches through a tunnel, the first box takes for a server of its own: the key tells."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    (two.source.home / "ckpt" / "x").write_text("x")
    with Sshd(tmp_path / "other") as other:
        (other.home / ".ssh" / "authorized_keys").write_text(two.identity.with_suffix(".pub").read_text())
        ssh = two.tools / "ssh"
        ssh.write_text(ssh.read_text().replace("exec ", f'set -- -p {other.port} "$@"\nexec '))

        said = two.copies("--json")

        assert "Accepted" not in other.log.read_text()
    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == "sftp"
    assert (
        "from proj-1 another machine answers at the address of proj-2: streamed through this machine\n" in said.stderr
    )


def test_a_box_that_can_not_be_reached_from_the_first_is_streamed_to(two: TwoBoxes) -> None:
    two.joins()
    (two.source.home / "ckpt").mkdir()
    ssh = two.tools / "ssh"
    ssh.write_text(ssh.read_text().replace("exec ", 'set -- -p 1 "$@"\nexec '))

    said = two.copies("--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == "sftp"
    assert re.search("proj-1 can't reach proj-2: .*Connection refused.*: streamed through this machine\n", said.stderr)
    assert (two.target.home / "data" / "ckpt").is_dir()


def test_a_jump_of_ours_is_none_of_the_boxes(two: TwoBoxes) -> None:
    """What this machine needs to get there, the box does not have."""
    two.joins()
    (two.source.home / "ckpt").mkdir()
    config = two.person.ssh / "config"
    proxy = f"ProxyCommand {shutil.which('nc') or 'nc'} %h %p"
    if shutil.which("nc") is None:
        proxy = f"ProxyCommand ssh -F {config} -o HostName=127.0.0.1 -W %h:%p proj-1"
    config.write_text(config.read_text().replace(f"Port {two.target.port}\n", f"Port {two.target.port}\n  {proxy}\n"))

    said = two.copies("--json")

    assert said.exit_code == 0, said.stderr
    assert "proj-2 is behind a jump of this machine's: streamed through this machine\n" in said.stderr


def test_rsync_can_be_insisted_on(two: TwoBoxes) -> None:
    (two.source.home / "ckpt").mkdir()

    said = two.copies("--engine=rsync")

    assert said.exit_code == 31
    assert "there is no straight way from `proj-1` to `proj-2`" in said.stderr
    assert "cause: proj-1 can't log in to proj-2" in said.stderr
