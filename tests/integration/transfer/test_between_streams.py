"""A straight copy from box to box over several connections: they heal, and nothing of them stays on either box."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from ssh_transport.openssh.public_key import public_key
from tests.support.person import result_in
from tests.support.processes import programs_of, until
from tests.support.tools import only_has
from tests.support.trees import described, litter, make_tree
from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person

SIZE_BYTES = 12_000_000
ENDS = ("--from=proj-1:ckpt", "--to=proj-2:data/")
# A grace of three silences: six seconds.
HASTY = "transfer: {keepalive_s: 1, keepalive_misses: 1, connect_timeout_s: 5}\n"


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    with TwoBoxes(person, tmp_path) as boxes:
        make_tree(boxes.source.home / "ckpt", large_bytes=SIZE_BYTES)
        yield boxes


def logins(two: TwoBoxes) -> int:
    """Return how often the first box has logged in to the second."""
    of_key = rf"Accepted publickey .* {re.escape(public_key(two.identity).fingerprint)}"
    return len(re.findall(of_key, two.target.log.read_text()))


def lent() -> list[Path]:
    return list(Path("/tmp").glob("ssh-transport.*/stripe"))


def test_a_tree_arrives_over_as_many_connections_as_were_asked_for(two: TwoBoxes) -> None:
    """Three logins beside those of the probe, the plan and the last look; a second run changes nothing."""
    two.joins()

    said = two.copies("--streams=3", "--bwlimit=6M", "--json")
    logged_in = logins(two)
    again = two.copies("--streams=3", "--json")

    assert (said.exit_code, again.exit_code) == (0, 0), said.stderr + again.stderr
    assert (said.json["engine"], said.json["attempts"], said.json["heals"]) == ("direct", 1, 0)
    assert described(two.target.home / "data" / "ckpt") == described(two.source.home / "ckpt")
    assert (logged_in, len(said.json["streams"])) == (3 + 3, 3)
    assert SIZE_BYTES <= sum(lane["sent_bytes"] for lane in said.json["streams"]) < 1.1 * SIZE_BYTES
    assert SIZE_BYTES <= said.json["wire_bytes"] < 1.1 * SIZE_BYTES
    assert (again.json["files"], again.json["bytes"], again.json["streams"]) == (0, 0, [])
    assert litter(two.target.home) == []
    assert (two.left_behind(), programs_of(two.source.home), programs_of(two.target.home)) == ([], {}, {})


def test_connections_that_are_cut_are_replaced_and_rsync_is_started_once(two: TwoBoxes) -> None:
    """All at once, in the middle; it is one attempt."""
    two.joins()
    rsync = two.tools / "rsync"
    rsync.write_text(f'#!/bin/sh\necho "$*" >>{two.source.home}/calls\nexec {shutil.which("rsync")} "$@"\n')
    rsync.chmod(0o755)
    with Link(two.target.port, rate_bytes_s=3_000_000) as link:
        two.leads("proj-2", link.port)
        with two.person.starts("inv", "transfer.copy", *ENDS, "--streams=3", "--json") as copy:
            until(lambda: link.bytes_up > SIZE_BYTES // 3 or copy.poll() is not None)
            link.cut()
            stdout, stderr = copy.communicate(timeout=90)

    assert copy.returncode == 0, stderr
    said = result_in(stdout)
    assert (said["engine"], said["attempts"]) == ("direct", 1), stderr
    assert said["heals"] >= 3
    calls = (two.source.home / "calls").read_text().splitlines()
    assert len([call for call in calls if "--info=progress2" in call]) == 1
    assert described(two.target.home / "data" / "ckpt") == described(two.source.home / "ckpt")
    assert litter(two.target.home) == []


@pytest.mark.parametrize("between", ["open", "silent"])
def test_a_kill_leaves_nothing_on_either_box(between: str, two: TwoBoxes) -> None:
    """At once where the first box can still say goodbye to the second, else after the grace; no argv tells of it."""
    two.joins()
    (two.person.home / "invoke.yaml").write_text("" if between == "open" else HASTY)
    target = two.target.home / "data" / "ckpt"
    with Link(two.target.port) as link:
        two.leads("proj-2", link.port)
        with two.person.starts("inv", "transfer.copy", *ENDS, "--streams=3", "--bwlimit=1000") as copy:
            until(lambda: any(path.stat().st_size > SIZE_BYTES / 10 for path in target.glob(".*-partial/*")))
            modes = [place.parent.stat().st_mode & 0o777 for place in lent()]
            running = b"\n".join([*programs_of(two.source.home).values(), *programs_of(two.target.home).values()])
            if between == "silent":
                link.silence_open()
            copy.send_signal(signal.SIGKILL)
            copy.communicate(timeout=30)
        until(lambda: programs_of(two.source.home) == {})
        # The second hears of a dead link a while later than the first by itself.
        link.drop_muted()
        until(lambda: programs_of(two.target.home) == {})

    assert two.left_behind() == []
    assert modes
    assert set(modes) == {0o700}
    assert b"/stripe" in running
    assert b"grace_s" not in running


def test_a_box_without_python_gets_one_connection_and_it_is_said(two: TwoBoxes) -> None:
    two.joins()
    only_has(two.target, "rsync", "df", "grep", "find", "kill", "sleep", "env", "xargs", "nproc", "printf")

    said = two.copies("--streams=3", "--json")

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["streams"], logins(two)) == ("direct", [], 4)
    assert "proj-2: one connection only: several need Python 3.8 or newer there\n" in said.stderr


def test_what_is_streamed_through_here_goes_over_one_connection_and_it_is_said(two: TwoBoxes) -> None:
    said = two.copies("--streams=3", "--json")

    assert said.exit_code == 0, said.stderr
    assert (said.json["engine"], said.json["streams"]) == ("sftp", [])
    assert "proj-1: one connection only: several are for a straight copy\n" in said.stderr


def test_the_round_trip_between_the_boxes_decides(two: TwoBoxes) -> None:
    """Not the one from here: only the way from one to the other is long."""
    two.joins()
    near = two.copies("--json")
    with Link(two.target.port, delay_s=0.02) as link:
        # The first box alone goes by the longer way.
        ssh = two.tools / "ssh"
        ssh.write_text(ssh.read_text().replace("exec ", f'set -- -p {link.port} "$@"\nexec '))
        far = two.copies("--from=proj-1:ckpt", "--to=proj-2:far/", "--bwlimit=6M", "--json")

    assert (near.exit_code, far.exit_code) == (0, 0), near.stderr + far.stderr
    assert (near.json["streams"], near.json["engine"]) == ([], "direct")
    assert len(far.json["streams"]) > 1
    assert all(lane["round_trip_s"] > 0.03 for lane in far.json["streams"] if lane["sent_bytes"])
