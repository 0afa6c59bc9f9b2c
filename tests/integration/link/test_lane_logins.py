"""One login for commands, plan, copy and second look, each connection more is one more; gone with us."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from demo.link import Link
from ssh_transport.box import boxes
from ssh_transport.link.lane_logins import LaneLogins, lane_logins
from tests.conftest import lets_in
from tests.support.processes import until
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from tests.support.person import Person

SIZE_BYTES = 24 << 20


@pytest.fixture
def weights(box: Sshd) -> bytes:
    data = os.urandom(SIZE_BYTES)
    (box.home / "weights").write_bytes(data)
    return data


def logins(box: Sshd) -> int:
    return box.log.read_text().count("Accepted publickey")


def test_a_copy_logs_in_once(weights: bytes, box: Sshd, person: Person) -> None:
    copied = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=1")
    first = logins(box)
    again = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=1")

    assert (copied.exit_code, again.exit_code) == (0, 0), copied.stderr + again.stderr
    assert (first, logins(box)) == (1, 2)
    assert (person.home / "here" / "weights").read_bytes() == weights


def test_a_copy_over_several_logs_in_once_for_each_of_them(weights: bytes, box: Sshd, person: Person) -> None:
    """Where there is nothing to copy, one will do."""
    words = ("fab", "-H", "proj-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=3")
    copied = person.types(*words)
    first = logins(box)
    again = person.types(*words)

    assert (copied.exit_code, again.exit_code) == (0, 0), copied.stderr + again.stderr
    assert (first, logins(box)) == (3, 3 + 1)
    assert (person.home / "here" / "weights").read_bytes() == weights


def test_a_box_that_allows_one_session_for_each_login_is_copied_from(tmp_path: Path, person: Person) -> None:
    (tmp_path / "strict").mkdir()
    with Sshd(tmp_path / "strict", extra="MaxSessions 1\n") as strict:
        lets_in(strict, person)
        (strict.home / "weights").write_bytes(b"x" * 1000)
        person.adds_alias("strict", strict.port, strict.user)
        (person.ssh / "known_hosts").write_text(f"strict-1 {strict.host_key_line}\n")

        copied = person.types("fab", "-H", "strict-1", "transfer.pull", "--path=weights", "--to=here/")

    assert copied.exit_code == 0, copied.stderr
    assert (person.home / "here" / "weights").read_bytes() == b"x" * 1000


@pytest.mark.parametrize("streams", [1, 3])
def test_nothing_of_it_is_left_however_we_end(weights: bytes, box: Sshd, person: Person, streams: int) -> None:
    """The directory with the socket is in TMPDIR. The person's own connections outlive what made them."""
    with (person.ssh / "config").open("a") as config:
        config.write("\nHost *\n    ControlMaster auto\n    ControlPersist yes\n")
    place = Path(tempfile.mkdtemp(dir="/tmp", prefix="t-"))
    with Link(box.port, rate_bytes_s=6_000_000) as link:
        person.adds_alias("slow", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"slow-1 {box.host_key_line}\n")
        words = ("fab", "-H", "slow-1", "transfer.pull", "--path=weights", "--to=here/", f"--streams={streams}")
        run = person.starts(*words, env={"TMPDIR": str(place)})
        until(lambda: link.bytes_down > SIZE_BYTES // 4 or run.poll() is not None)
        assert list(place.glob("*/s"))
        run.kill()
        run.communicate()

        until(lambda: not list(place.iterdir()))
        place.rmdir()
        again = person.types(*words)

    assert again.exit_code == 0, again.stderr
    assert (person.home / "here" / "weights").read_bytes() == weights


def test_a_cut_is_told_in_the_words_of_the_ssh_that_was_cut(weights: bytes, box: Sshd, person: Person) -> None:
    assert weights
    with Link(box.port, rate_bytes_s=6_000_000) as link:
        person.adds_alias("slow", link.port, box.user)
        (person.ssh / "known_hosts").write_text(f"slow-1 {box.host_key_line}\n")
        link.cut_at(SIZE_BYTES // 2)
        copied = person.types("fab", "-H", "slow-1", "transfer.pull", "--path=weights", "--to=here/", "--streams=1")

    assert copied.exit_code == 0, copied.stderr
    (told,) = [line for line in copied.stderr.splitlines() if "attempt 2 in" in line]
    assert "Broken pipe" in told or "reset by peer" in told


def test_what_was_lent_is_not_lent_again() -> None:
    logins = LaneLogins(["sh", "-c", 'eval "$0"'], ["sh", "-c", 'eval "$0"'], os.environ)
    try:
        logins.begin(2)
        with logins.lent() as first:
            assert len(first) == 2
        with logins.lent() as second:
            assert second == []
    finally:
        logins.close()


@pytest.mark.parametrize("most", [10, 1])
def test_a_second_session_goes_over_the_login_that_is_there_or_is_none(
    tmp_path: Path, person: Person, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Where it is refused, that is no reason for anything, and nobody logs in for it."""
    monkeypatch.setenv("HOME", str(person.home))
    with Sshd(tmp_path / "strict", extra=f"MaxSessions {most}\n") as strict:
        lets_in(strict, person)
        person.adds_alias("strict", strict.port, strict.user)
        (person.ssh / "known_hosts").write_text(f"strict-1 {strict.host_key_line}\n")
        with boxes(Context(Config(lazy=True)), "strict-1")[0] as there:
            logins_of_it = lane_logins(there)
            logins_of_it.begin_over_one(1)
            until(lambda: "session_new: session 0" in strict.log.read_text())
            logins_of_it.begin_over_one(2)
            with logins_of_it.lent() as lent:
                # The first stands as long as the second asks.
                said = [_answer(reader, writer) for reader, writer, _ in reversed(lent)][::-1]
            words = logins_of_it.last_words

    assert said == [b"on\n", b"on\n" if most > 1 else b""]
    assert words == ""
    assert logins(strict) == 1


def _answer(reader: int, writer: int) -> bytes:
    with contextlib.suppress(BrokenPipeError):
        os.write(writer, b"echo on; exit\n")
    said = b""
    while data := os.read(reader, 100):
        said += data
    return said
