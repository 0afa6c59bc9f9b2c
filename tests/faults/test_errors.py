"""What a person reads when a copy can't be: one message and one code for each cause, and nothing is retried."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.filesystems import small
from tests.support.message import fields
from tests.support.mounts import apart
from tests.support.processes import until
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from tests.support.person import Person


def test_an_unknown_host(person: Person) -> None:
    """The name does not resolve."""
    said = person.types("fab", "-H", "no-such-host.invalid", "transfer.pull", "--path=/x")

    assert said.exit_code == 10
    assert fields(said.stderr)[0] == "error: could not connect to `no-such-host.invalid`"


def test_a_refused_port(person: Person) -> None:
    """Nothing listens there."""
    person.adds_alias("proj-1", 1)

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=/x")

    assert said.exit_code == 11
    assert fields(said.stderr) == (
        "error: could not connect to `proj-1`",
        "Connection refused",
        "is the box on, and is the port the one the console shows now? fab config.show proj-1",
    )


def test_a_port_that_never_says_anything(person: Person) -> None:
    """TCP opens, no banner comes: a proxy in between."""
    (person.home / "fabric.yaml").write_text("ssh_keys: {login_timeout_s: 1}\n")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        person.adds_alias("proj-1", mute.getsockname()[1])

        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=/x")

    assert said.exit_code == 12
    assert "no SSH server answers" in said.stderr


def test_a_key_that_is_not_let_in(person: Person, sshd: Sshd) -> None:
    """Where the server takes keys alone, none can be pushed by a password."""
    person.makes_key()
    person.adds_alias("proj-1", sshd.port, sshd.user)

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=/x")

    assert said.exit_code == 13
    assert fields(said.stderr)[2].startswith("have its console, or whoever can log in, add the line of your .pub")


def test_a_key_file_that_others_can_read(box: Sshd, person: Person) -> None:
    """`ssh` leaves it out, and then nobody is let in: the cause is the file, and no other attempt mends it."""
    person.identity.chmod(0o644)

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x")

    assert said.exit_code == 13
    assert f"hint: chmod 600 {person.identity}\n" in said.stderr
    assert "known as K2: " in said.stderr
    assert "attempt" not in said.stderr


def test_a_key_file_with_windows_line_ends(box: Sshd, person: Person) -> None:
    """As above."""
    person.identity.write_bytes(person.identity.read_bytes().replace(b"\n", b"\r\n")[:-9])

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x")

    assert said.exit_code == 13
    assert "known as K1: " in said.stderr
    assert "attempt" not in said.stderr


def test_a_path_that_is_not_there(box: Sshd, person: Person) -> None:
    """On the box, and on this machine."""
    pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=/no/where")
    pushed = person.types("fab", "-H", "proj-1", "transfer.push", "--path=./no/where", "--to=x")

    assert (pulled.exit_code, pushed.exit_code) == (21, 21)
    assert fields(pushed.stderr)[0] == "error: there is no `./no/where` on this machine"


def in_small_filesystem(person: Person, options: str, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the person with a tmpfs on `place`, in a mount namespace of its own."""
    place.mkdir(exist_ok=True)
    script = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec $BACK "$@"'
    return subprocess.run(
        apart(script, options, str(place), *person.argv(*words)),
        env=person.environment,
        cwd=person.home,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def many_small_files(root: Path) -> None:
    """Make a tree whose bytes fit into 1 MiB and whose blocks do not, which no plan foresees."""
    (root / "many").mkdir()
    for number in range(400):
        (root / "many" / str(number)).write_text("x")


@pytest.mark.mounts
def test_a_disk_that_fills_up_here(box: Sshd, person: Person) -> None:
    """Said at once, not retried."""
    many_small_files(box.home)

    said = in_small_filesystem(
        person, "size=1m", person.home / "small", "fab", "-H", "proj-1", "transfer.pull", "--path=many", "--to=small/"
    )

    assert said.returncode == 23, said.stderr
    assert "No space left on device" in said.stderr
    assert "attempt" not in said.stderr


@pytest.mark.mounts
def test_a_read_only_target_here(box: Sshd, person: Person) -> None:
    """As above."""
    (box.home / "x").write_text("x")

    said = in_small_filesystem(
        person, "ro", person.home / "small", "fab", "-H", "proj-1", "transfer.pull", "--path=x", "--to=small/"
    )

    assert said.returncode == 24, said.stderr
    assert "Read-only file system" in said.stderr


@pytest.mark.mounts
def test_a_disk_that_fills_up_on_the_box(box: Sshd, person: Person) -> None:
    """As above."""
    many_small_files(person.home)
    with small(box.home / "small", options="size=1m"):
        said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=many", "--to=small/")

    assert said.exit_code == 23, said.stderr
    assert "on `proj-1`" in fields(said.stderr)[0]
    assert fields(said.stderr)[2].startswith("look on `proj-1`: ssh proj-1 'df -h ./small/; df -i ./small/'")
    assert "No space left on device" in said.stderr


def test_a_source_that_may_not_be_read_is_not_passed_over(box: Sshd, person: Person) -> None:
    """What rsync ends with 23 for is an error with the file's name in it."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    (box.home / "ckpt" / "loop").symlink_to("loop")

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ckpt", "--copy-links")

    assert said.exit_code == 25, said.stderr
    assert "loop" in said.stderr
    assert (person.home / "proj-1" / "ckpt" / "a").exists()


def test_a_copy_needs_no_patchwork(box: Sshd, person: Person, tmp_path: Path) -> None:
    """Pip can't put it beside Fabric 3: an installed wheel is without it."""
    (box.home / "x").write_text("x")
    blocked = tmp_path / "blocked" / "patchwork"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('not here')\n")

    said = person.types(
        "fab", "-H", "proj-1", "transfer.pull", "--path=x", "--json", env={"PYTHONPATH": str(tmp_path / "blocked")}
    )

    assert said.exit_code == 0, said.stderr
    assert (person.home / "proj-1" / "x").read_text() == "x"
    assert said.json["engine"] == "rsync"


def test_the_same_copy_twice_at_once_is_refused(box: Sshd, person: Person) -> None:
    """Two receivers would write into one partial file."""
    (box.home / "big").write_bytes(os.urandom(2_000_000))
    words = ("-H", "proj-1", "transfer.pull", "--path=big", "--bwlimit=200")
    with person.starts("fab", *words) as first:
        assert first.stderr is not None
        first.stderr.readline()

        said = person.types("fab", *words)

        first.terminate()
        first.communicate(timeout=30)

    assert said.exit_code == 32
    assert "already busy with the copy" in said.stderr


def test_one_target_by_two_names_is_one_target(box: Sshd, person: Person) -> None:
    """By another alias, and through a link: two senders would write into one partial file."""
    (person.home / "big").write_bytes(os.urandom(6_000_000))
    (box.home / "disk").mkdir()
    (box.home / "link").symlink_to("disk")
    person.adds_alias("other", box.port, box.user)
    (person.ssh / "known_hosts").write_text(f"proj-1,other-1 {box.host_key_line}\n")
    first_words = ("-H", "proj-1", "transfer.push", "--path=big", "--to=disk/", "--bwlimit=200")
    with person.starts("fab", *first_words) as first:
        until(lambda: list(box.home.glob("disk/.rsync-partial/*")) != [])

        said = person.types("fab", "-H", "other-1", "transfer.push", "--path=big", f"--to={box.home}/link/")

        first.terminate()
        first.communicate(timeout=30)

    assert said.exit_code == 32, said.stderr
    assert f"already busy with the copy to {box.home}/disk/big" in said.stderr


def test_without_rsync_on_the_box_the_sftp_engine_takes_over(person: Person, tmp_path: Path) -> None:
    """And says so."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for tool in ("sh", "env", "stat", "cat", "grep", "tr", "mkdir"):
        (bin_ / tool).symlink_to(Path(shutil.which(tool) or tool))
    with Sshd(tmp_path / "box", path=str(bin_)) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (server.home / "x").write_text("x")

        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x", "--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["engine"] == "sftp"
    assert "no rsync on proj-1" in said.stderr


def test_two_boxes_are_given_the_same_directory_at_once(box: Sshd, person: Person, tmp_path: Path) -> None:
    """A push to one box is no reason for a push to another to wait."""
    (person.home / "src").mkdir()
    (person.home / "src" / "big").write_bytes(os.urandom(2_000_000))
    with Sshd(tmp_path / "second") as second:
        (second.home / ".ssh" / "authorized_keys").write_text(person.identity.with_suffix(".pub").read_text())
        person.adds_alias("proj-2", second.port, second.user)
        words = ("transfer.push", "--path=src", "--to=there/")
        with person.starts("fab", "-H", "proj-1", *words, "--bwlimit=200") as first:
            assert first.stderr is not None
            first.stderr.readline()

            other = person.types("fab", "-H", "proj-2", *words)
            same = person.types("fab", "-H", "proj-1", *words)
            running = first.poll() is None

            first.terminate()
            first.communicate(timeout=30)

        assert running
        assert (other.exit_code, same.exit_code) == (0, 32), other.stderr
        assert (second.home / "there" / "src" / "big").stat().st_size == 2_000_000


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("path", ["x", "ckpt"])
def test_a_target_below_a_file_is_refused(path: str, engine: str, box: Sshd, person: Person, tmp_path: Path) -> None:
    """A file stays a file, whichever engine meets it."""
    (box.home / "x").write_text("x")
    (box.home / "ckpt").mkdir()
    (person.home / "file").write_text("mine")
    (tmp_path / "bin").mkdir()
    for tool in ("ssh", "sh", "env"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    env = {"PATH": str(tmp_path / "bin")} if engine == "sftp" else None

    said = person.types("fab", "-H", "proj-1", "transfer.pull", f"--path={path}", "--to=file/sub", env=env)

    assert said.exit_code == 2, said.stderr
    assert "stands" in fields(said.stderr)[0]
    assert (person.home / "file").read_text() == "mine"
