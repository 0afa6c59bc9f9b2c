"""Links that break: a copy goes on where it stopped, and gives up only when that is right."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.conftest import lets_in
from tests.support.clock import on_this_machine
from tests.support.processes import until
from tests.support.sshd import Sshd
from tests.support.trees import described, litter, make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said

LARGE_BYTES = 24_000_000
DEADLINE_S = 60


def copies(person: Person, *words: str, env: dict[str, str] | None = None) -> Said:
    said = person.types("fab", "-H", "proj-1", *words, "--json", env=env)
    assert said.exit_code == 0, said.stderr
    return said


def test_a_pull_goes_on_after_every_cut(link: Link, box: Sshd, person: Person, engine: dict[str, str]) -> None:
    """Identical at the end, and hardly a byte is sent twice."""
    make_tree(box.home / "ckpt", large_bytes=LARGE_BYTES)
    for cut in (3_000_000, 9_000_000, 17_000_000):
        link.cut_at(cut)

    result = copies(person, "transfer.pull", "--path=ckpt", env=engine).json

    assert described(person.home / "proj-1" / "ckpt") == described(box.home / "ckpt")
    assert result["attempts"] == 4
    assert link.bytes_down < LARGE_BYTES * (1.1 if result["engine"] == "rsync" else 1.2)
    assert not litter(person.home / "proj-1")


def test_a_push_goes_on_after_every_cut(link: Link, box: Sshd, person: Person, engine: dict[str, str]) -> None:
    """As for a pull, the other way."""
    make_tree(person.home / "ckpt", large_bytes=LARGE_BYTES)
    for cut in (3_000_000, 9_000_000, 17_000_000):
        link.cut_at(cut)

    result = copies(person, "transfer.push", "--path=ckpt", "--to=data", env=engine).json

    assert described(box.home / "data" / "ckpt") == described(person.home / "ckpt")
    assert result["attempts"] == 4
    assert link.bytes_up < LARGE_BYTES * (1.1 if result["engine"] == "rsync" else 1.2)
    assert not litter(box.home)


@pytest.mark.parametrize("task", ["pull", "push"])
def test_a_silent_link_is_noticed_and_the_copy_resumed(
    task: str, link: Link, box: Sshd, person: Person, engine: dict[str, str]
) -> None:
    """Nothing is closed, nothing arrives: the keepalive ends the wait."""
    source = (box.home if task == "pull" else person.home) / "big"
    source.write_bytes(os.urandom(LARGE_BYTES))
    link.silence_at(10_000_000)
    start = time.monotonic()

    said = copies(person, f"transfer.{task}", "--path=big", "--to=there/", env=engine)

    target = (person.home if task == "pull" else box.home) / "there" / "big"
    assert target.read_bytes() == source.read_bytes()
    assert said.json["attempts"] == 2
    assert time.monotonic() - start < on_this_machine(20)
    assert link.bytes_up + link.bytes_down < LARGE_BYTES * 1.2


def test_a_reboot_is_waited_for(link: Link, box: Sshd, person: Person) -> None:
    """The port refuses for a while, then the same box answers again."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    link.cut_at(8_000_000)
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big", "--json") as copy:
        until(lambda: link.bytes_down >= 7_000_000)
        box.stop()
        assert copy.stderr is not None
        for line in copy.stderr:
            if "attempt 3" in line:
                break
        box.start()
        assert copy.wait(DEADLINE_S) == 0

    assert (person.home / "proj-1" / "big").read_bytes() == (box.home / "big").read_bytes()


def test_it_gives_up_after_attempts_without_progress(link: Link, box: Sshd, person: Person) -> None:
    """The count is of attempts in a row that brought nothing; what has arrived is kept."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big", "--attempts=2", "--bwlimit=4000") as copy:
        until(lambda: link.bytes_down >= 6_000_000)
        link.refuse()
        link.cut()
        _, stderr = copy.communicate(timeout=DEADLINE_S)

    assert copy.returncode == 15
    assert "gave up on `proj-1`: 2 attempts in a row brought nothing new" in stderr
    assert "run the same command again" in stderr
    assert (person.home / "proj-1" / ".rsync-partial" / "big").stat().st_size > 4_000_000


def test_a_login_that_is_refused_meanwhile_ends_it_at_once(link: Link, box: Sshd, person: Person) -> None:
    """Retrying can't cure it, and quick refused logins are punished by newer servers."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    with person.starts("fab", "-H", "proj-1", "transfer.pull", "--path=big", "--bwlimit=4000") as copy:
        until(lambda: link.bytes_down >= 6_000_000)
        (box.home / ".ssh" / "authorized_keys").write_text("")
        link.cut()
        _, stderr = copy.communicate(timeout=DEADLINE_S)

    assert copy.returncode == 13
    assert stderr.count("attempt") == 1


def test_another_box_behind_the_same_port_gets_nothing(link: Link, box: Sshd, person: Person, tmp_path: Path) -> None:
    """A box that is re-created while we retry has another key."""
    source = person.home / "big"
    source.write_bytes(os.urandom(LARGE_BYTES))
    with person.starts("fab", "-H", "proj-1", "transfer.push", "--path=big", "--to=data/", "--bwlimit=4000") as copy:
        until(lambda: link.bytes_up >= 6_000_000)
        port = box.port
        box.close()
        with Sshd(tmp_path / "other", port=port) as other:
            _, stderr = copy.communicate(timeout=DEADLINE_S)
            assert "Accepted" not in other.log.read_text()

    assert copy.returncode == 14
    assert "the host key of `proj-1` changed" in stderr


def test_the_old_way_of_writing_in_place_is_there_on_request(link: Link, box: Sshd, person: Person) -> None:
    """`--inplace` resumes as well."""
    (box.home / "big").write_bytes(os.urandom(LARGE_BYTES))
    link.cut_at(10_000_000)

    result = copies(person, "transfer.pull", "--path=big", "--inplace").json

    assert (person.home / "proj-1" / "big").read_bytes() == (box.home / "big").read_bytes()
    assert result["attempts"] == 2
    assert link.bytes_down < LARGE_BYTES * 1.1


def test_a_file_that_may_not_be_read_does_not_end_the_retries(person: Person, tmp_path: Path) -> None:
    """What rsync said of one file stands beside a cut: the cut is what ended the attempt."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    words = 'rsync: [sender] send_files failed to open "/t/a": Permission denied (13)'
    (bin_ / "rsync").write_text(f"#!/bin/sh\necho '{words}' >&2\nexec {shutil.which('rsync')} \"$@\"\n")
    (bin_ / "rsync").chmod(0o755)
    with (
        Sshd(tmp_path / "box", path=f"{bin_}:{os.environ['PATH']}") as server,
        Link(server.port, rate_bytes_s=12_000_000) as between,
    ):
        lets_in(server, person)
        person.adds_alias("proj-1", between.port, server.user)
        (server.home / "big").write_bytes(os.urandom(LARGE_BYTES))
        between.cut_at(8_000_000)

        result = copies(person, "transfer.pull", "--path=big", "--streams=1").json

        assert result["attempts"] == 2
        assert (person.home / "proj-1" / "big").read_bytes() == (server.home / "big").read_bytes()


def test_a_cut_after_the_last_byte_starts_no_second_copy(box: Sshd, person: Person) -> None:
    """The second look is made again, alone: the box's rsync is started for a listing, the copy, and two looks."""
    (box.home / "tree").mkdir()
    (box.home / "tree" / "file").write_text("x")
    wrapped, log = box.home.parent / "wrapped", box.home.parent / "starts"
    wrapped.mkdir()
    real = shutil.which("rsync")
    upwards = 'at=$PPID; until [ "$(cat /proc/$at/comm)" = sshd ]; do at=$(cut -d " " -f 4 /proc/$at/stat); done'
    third = f"echo \"$1\" >>'{log}'; [ $(wc -l <'{log}') != 3 ] || {{ {upwards}; kill -9 $at; }}"
    script = f'#!/bin/sh\ncase $1 in --version) ;; *) {third} ;; esac\nexec {real} "$@"\n'
    (wrapped / "rsync").write_text(script)
    (wrapped / "rsync").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={wrapped}:", 1))

    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=tree", "--json")

    assert said.exit_code == 0, said.stderr
    assert said.json["attempts"] == 2
    assert log.read_text().split() == ["-ptr", "--server", "-ptr", "-ptr"]
