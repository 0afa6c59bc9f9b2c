"""The striped link that is lent to a box: what goes there, what it says of itself, when there is more than one lane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.facts.copying import RemoteEnd
from ssh_transport.link import echo, stripe
from ssh_transport.link.streams import Streams, only_one, streams_between
from ssh_transport.link.stripe.order import Order
from ssh_transport.transfer.between import hop
from ssh_transport.transfer.between.lent_link import UNPACK, LentLink, StatusReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

LINK = LentLink(Streams(3, 5), sys.executable, "/far/python3", 120, 1 << 25)
PYTHON = [sys.executable, "-I", "-S", "-c"]
SAID = b'{"heals": 2, "again_bytes": 7, "lanes": [%s]}'
LANE = b'{"number": 1, "sent_bytes": 5, "received_bytes": 6, "round_trip_s": 0.25}'
FIT, OLD = (
    RemoteEnd("directory", None, 0, python_version=(3, 8)),
    RemoteEnd("directory", None, 0, python_version=(3, 7)),
)


def shell_words(link: LentLink | None, data: bytes) -> list[str]:
    lent = [link.python, UNPACK, str(len(data))] if link else ["", "", "0"]
    return ["sh", "-c", hop._SCRIPT, "sh", "pin key", "ssh -o A=b", *lent]


def test_the_sources_and_the_order_arrive_and_standard_input_stays_open_behind_them() -> None:
    """What is run has the order in its environment, and ends with standard input, on which its own descriptor is."""
    data = LINK.packed(["ssh", "-o", "A=b"])
    look = 'printf "%s\\n" "$SSH_TRANSPORT_LINK" "$RSYNC_RSH"; cd "${RSYNC_RSH##* }"; echo *.py; cat <&3'
    with subprocess.Popen(
        [*shell_words(LINK, data), "sh", "-c", look], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(data)
        run.stdin.flush()
        order, rsh, names = (run.stdout.readline().decode().rstrip("\n") for _ in range(3))
        place = rsh.rpartition(" ")[2].removesuffix("/stripe")
        assert Path(place).stat().st_mode & 0o777 == 0o700
        run.stdin.close()
        assert run.stdout.read() == b""

    assert names.split() == sorted(path.name for path in Path(stripe.__file__).parent.glob("*.py"))
    assert rsh == f'"{sys.executable}" -I -S -B {place}/stripe'
    found = Order(**json.loads(order))
    assert found.ssh == ["ssh", "-o", "A=b", "-o", f"UserKnownHostsFile={place}/known_hosts"]
    assert (found.streams, found.most, found.python) == (3, 5, "/far/python3")
    assert (found.grace_s, found.limit_bytes) == (120, 1 << 25)
    assert (found.lifeline, found.status, found.counts) == (3, 2, None)
    assert not Path(place).exists()


def test_one_connection_is_plain_ssh() -> None:
    look = 'echo "${SSH_TRANSPORT_LINK-none} $RSYNC_RSH"'
    words = [*shell_words(None, b""), "sh", "-c", look]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.read().startswith(b"none ssh -o A=b -o UserKnownHostsFile=/tmp/ssh-transport.")


@pytest.mark.parametrize("sent", [0, 100])
def test_what_can_not_be_made_ready_runs_nothing(sent: int) -> None:
    data = LINK.packed(["ssh"])
    said = subprocess.run(
        [*shell_words(LINK, data), "echo", "ran"], input=data[:sent], capture_output=True, check=False
    )
    assert (said.returncode, said.stdout) == (hop.UNPREPARED, b"")
    assert said.stderr == b"standard input ended\n"


def test_a_place_that_can_not_be_written_is_told_without_a_traceback() -> None:
    data = LINK.packed(["ssh"])
    words = [*PYTHON, UNPACK, "/proc/missing", str(len(data))]
    said = subprocess.run(words, input=data, capture_output=True, check=False)
    assert (said.returncode, said.stdout) == (1, b"")
    assert said.stderr == b"[Errno 2] No such file or directory: '/proc/missing/stripe'\n"


@given(st.lists(st.integers(0, 400), max_size=8))
def test_status_and_words_are_told_apart_however_they_come(cuts: list[int]) -> None:
    """A status that stands behind a word without a line end too."""
    text = b"first\n" + SAID % LANE + b"\nrsync: no" + SAID % (LANE + b", " + LANE) + b"\n\n{odd}\nlast"
    hearing, edges = StatusReader(), sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    kept = b"".join(hearing.words(text[start:end]) for start, end in pairwise(edges))
    assert kept + hearing.words(b"") == b"first\nrsync: no\n\n{odd}\nlast"
    assert (hearing.status.heals, len(hearing.status.lanes), hearing.status.lanes[0].round_trip_s) == (2, 2, 0.25)


@pytest.mark.parametrize(
    "said",
    [
        b'{"heals": -1, "lanes": []}',
        b'{"heals": "many", "lanes": []}',
        b'{"heals": 1, "lanes": [{}]}',
        b'{"heals": 1, "lanes": [' + b", ".join([LANE] * 33) + b"]}",
        b'{"heals": 1, "lanes": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"heals": 1e400, "lanes": []}',
        SAID % LANE.replace(b"0.25", b"1e300"),
    ],
)
def test_a_status_that_no_link_of_ours_says_is_a_word_like_any_other(said: bytes) -> None:
    hearing = StatusReader()
    assert hearing.words(said + b"\n") == said + b"\n"
    assert (hearing.status.heals, hearing.status.lanes) == (0, [])


def test_a_line_without_end_is_not_kept_for_ever() -> None:
    hearing = StatusReader()
    assert sum(len(hearing.words(b"x" * 1000)) for _ in range(1000)) > 900_000


@pytest.mark.parametrize(
    ("lines", "trip_s"),
    [
        ([b"Welcome", b"round trip: 0.021500 s"], 0.0215),
        ([], 0),
        ([b"round trip: inf s", b"round trip: 1e9 s", b"round trip: -0.100000 s"], 0),
    ],
)
def test_the_measured_round_trip_is_read(lines: list[bytes], trip_s: float) -> None:
    assert echo.round_trip_s(lines) == trip_s


def test_the_round_trip_is_that_of_a_word(tmp_path: Path) -> None:
    """Not of the login, and nothing that a start-up file prints; the exit code is that of `ssh`."""
    fake = tmp_path / "ssh"
    fake.write_text("#!/bin/sh\nsleep 1\necho Welcome\nwhile read -r line; do sleep 0.02; echo $line; done\nexit 7\n")
    fake.chmod(0o755)
    words = [*PYTHON, echo.PROGRAM, "-l", "root"]
    said = subprocess.run(words, env={**os.environ, "RSYNC_RSH": str(fake)}, capture_output=True, check=False)
    assert said.returncode == 7, said.stderr
    assert 0.02 <= echo.round_trip_s(said.stdout.splitlines()) < 0.5


@pytest.mark.parametrize(
    ("asked", "trip_s", "ends", "found", "says"),
    [
        ("3", 0, (FIT, FIT), Streams(3, 3), ""),
        ("1", 1, (FIT, FIT), Streams(), ""),
        ("auto", 0.014, (FIT, FIT), Streams(), ""),
        ("auto", 0.016, (FIT, FIT), Streams(8, 16), ""),
        ("", 0.016, (FIT, FIT), Streams(8, 16), ""),
        ("3", 1, (OLD, FIT), Streams(), "a: one connection only: several need Python 3.8 or newer there\n"),
        ("3", 1, (FIT, OLD), Streams(), "b: one connection only: several need Python 3.8 or newer there\n"),
        ("auto", 1, (FIT, OLD), Streams(), ""),
    ],
)
def test_the_way_and_both_ends_say_how_many_there_are(
    asked: str,
    trip_s: float,
    ends: tuple[RemoteEnd, RemoteEnd],
    *,
    found: Streams,
    says: str,
    make_box: Callable[..., Box],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert streams_between(make_box("a"), make_box("b"), asked, ends, trip_s) == found
    assert capsys.readouterr().err == says


@pytest.mark.parametrize(("asked", "says"), [("auto", ""), ("1", ""), ("2", "a: one connection only: because\n")])
def test_who_asked_for_several_is_told_of_one(asked: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    only_one("a", asked, "because")
    assert capsys.readouterr().err == says
