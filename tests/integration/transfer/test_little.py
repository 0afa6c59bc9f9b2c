"""What is little is listed by the box with the first look at it: a copy then asks as few questions as it can."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box.carrier.over_ssh import OverSsh
from ssh_transport.box.carrier.ssh_call import ssh_options
from ssh_transport.facts import listing as facts
from ssh_transport.facts.copying import local_rsync
from ssh_transport.link.lane_logins import lane_logins
from ssh_transport.link.persist import Patience
from ssh_transport.link.remote_shell import RemoteShell
from ssh_transport.link.streams import Streams
from ssh_transport.request.options import Options
from ssh_transport.request.request import pull_request
from ssh_transport.settings import TransferSettings
from ssh_transport.transfer import copy
from ssh_transport.transfer.ends import look
from ssh_transport.transfer.rsync import listing as transfer_listing
from ssh_transport.transfer.rsync.engine import Rsync
from ssh_transport.transfer.rsync.listing import Listing
from ssh_transport.transfer.rsync.orphans import marked
from tests.support import trees
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.request.request import Request
    from ssh_transport.transfer.ends import Ends
    from ssh_transport.transfer.engine import Plan
    from tests.support.person import Person
    from tests.support.sshd import Sshd

LARGE_BYTES = TransferSettings().resume_over_bytes


def looked(there: Box, path: str, to: Path, options: Options) -> tuple[Ends, Rsync]:
    """Look as a pull does."""
    request = pull_request(there, path, f"{to}/", options)
    listing = Listing(request)
    ends = look(request, lists=listing.words, mark=marked(request))
    return ends, engine_of(request, ends, listing)


def engine_of(request: Request, ends: Ends, listing: Listing) -> Rsync:
    here = local_rsync()
    assert here
    assert ends.source
    assert ends.source.rsync
    return Rsync(request, ends, here, ends.source.rsync, listing)


def told(plan: Plan) -> dict[str, object]:
    lists = ("changes", "writes")
    return {name: list(value) if name in lists else value for name, value in vars(plan).items()}


@pytest.mark.parametrize(
    "options",
    [Options(), Options(exclude=("*.txt", "+ a", "b/")), Options(copy_links=True), Options(delete=True, atomic=True)],
    ids=["plain", "exclude", "links followed", "delete"],
)
@pytest.mark.parametrize("path", ["tree", "tree/", "tree/plain.txt", "tree/link"])
def test_a_listing_by_the_box_says_what_a_dry_run_over_the_link_says(
    path: str, options: Options, there: Box, box: Sshd, tmp_path: Path
) -> None:
    trees.make_tree(box.home / "tree")
    (box.home / "tree" / "plain.txt").write_text("content")
    # Followed, it is a failure, and then nothing is taken from a listing.
    (box.home / "tree" / "dangling").unlink()
    os.mkfifo(box.home / "tree" / "pipe")

    ends, engine = looked(there, path, tmp_path / "got", options)
    plan = engine.plan()

    assert ends.source
    assert ends.source.listed
    assert engine.wire_bytes == 0
    request = pull_request(there, path, f"{tmp_path}/got/", options)
    unlisted = replace(ends, source=replace(ends.source, listed=()))
    assert told(plan) == told(engine_of(request, unlisted, Listing(request)).plan())


@pytest.fixture
def large(box: Sshd) -> Path:
    """A file in a directory of the box that gets a partial file."""
    (box.home / "out").mkdir()
    with (box.home / "out" / "large").open("wb") as file:
        file.truncate(LARGE_BYTES)
    return box.home / "out" / "large"


def test_where_partial_files_are_made_is_not_taken_from_a_listing(there: Box, large: Path, tmp_path: Path) -> None:
    _, engine = looked(there, large.parent.name, tmp_path / "got", Options())

    assert engine.plan().partials == ["out/large"]
    assert engine.wire_bytes > 0


def test_one_file_that_was_asked_for_by_its_name_needs_no_dry_run_however_large(
    there: Box, large: Path, tmp_path: Path
) -> None:
    _, engine = looked(there, "out/large", tmp_path / "got", Options())

    assert engine.plan().partials == ["large"]
    assert engine.wire_bytes == 0


def test_a_listing_of_another_name_than_was_asked_for_makes_no_partial_file(
    there: Box, large: Path, tmp_path: Path
) -> None:
    assert large.exists()
    listing = Listing(pull_request(there, "out/large", f"{tmp_path}/got/", Options()))
    found = look(listing._request, lists=listing.words).source
    assert found
    lied = replace(found, listed=[line.replace(b"large", b"other") for line in found.listed])

    assert listing.of_little(found, LARGE_BYTES)
    assert listing.of_little(lied, LARGE_BYTES) is None


def test_a_small_pull_takes_three_sessions_of_one_login_and_one_rsync(box: Sshd, person: Person) -> None:
    """The look, the copy and the second look: each more is two round trips, and a dry run five."""
    (box.home / "one").write_text("content")
    calls = person.home / "calls"
    rsync = person.home / "bin" / "rsync"
    rsync.parent.mkdir()
    rsync.write_text(f'#!/bin/sh\necho "$*" >>{calls}\nPATH=${{PATH#*:}} exec rsync "$@"\n')
    rsync.chmod(0o755)

    said = person.types(
        *("fab", "-H", "proj-1", "transfer.pull", "--path=one", "--to=got/"),
        env={"PATH": f"{rsync.parent}:{os.environ['PATH']}"},
    )

    assert said.exit_code == 0, said.stderr
    assert (person.home / "got" / "one").read_text() == "content"
    assert sum("--version" not in line for line in calls.read_text().splitlines()) == 1
    log = box.log.read_text()
    assert log.count("Accepted publickey") == 1
    # On a busy machine the way seems long, and one more begins to wait.
    assert log.count("Starting session: forced-command") in {3, 4}


def far(there: Box) -> None:
    """Have it be a box whose login took its time."""
    carrier = there.carrier
    assert isinstance(carrier, OverSsh)
    carrier.round_trip_s = 0.1


def test_over_a_long_way_both_looks_share_a_session(there: Box, box: Sshd, tmp_path: Path) -> None:
    """One more is the copy's, and one waits."""
    (box.home / "one").write_text("content")
    far(there)
    copy(pull_request(there, "one", f"{tmp_path}/got/", Options()), Patience(1, 1), lambda _: None)

    assert (tmp_path / "got" / "one").read_text() == "content"
    assert box.log.read_text().count("Starting session") == 3


@pytest.mark.parametrize(("is_read_again", "asked"), [(False, 1), (True, 2)])
def test_the_second_look_is_taken_while_rsync_says_goodbye_unless_it_reads_on(
    is_read_again: bool, asked: int, there: Box, box: Sshd, *, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (box.home / "one").write_text("content")
    far(there)
    request = pull_request(there, "one", f"{tmp_path}/", Options())
    listing = Listing(request)
    ends = look(request, lists=listing.words, mark=marked(request))
    assert ends.source
    plan = engine_of(request, ends, listing).plan()
    times = []

    def listed_again(*args: Any) -> Any:
        times.append(args)
        return facts.listed_again(*args)

    monkeypatch.setattr(transfer_listing, "listed_again", listed_again)
    listing.begin_again(ends.source, plan)
    listing.begin_again(ends.source, plan)
    shutil.copy2(box.home / "one", tmp_path / "one")
    if is_read_again:
        listing.forget()

    assert listing.touched(ends.source, plan, (str(tmp_path), "")) is not None
    assert len(times) == asked


def test_what_an_earlier_pull_left_running_on_the_box_is_ended(there: Box, box: Sshd, tmp_path: Path) -> None:
    (box.home / "one").write_text("content")
    request = pull_request(there, "one", f"{tmp_path}/got/", Options())
    variable, _, value = marked(request).partition("=")
    with subprocess.Popen(["sleep", "1000"], env={variable: value}) as left:
        copy(request, Patience(1, 1), lambda _: None)

        assert left.wait(10) == -signal.SIGTERM


@pytest.mark.parametrize(("program", "code"), [("rsync", 0), ("no-such-rsync", 127)])
def test_rsync_goes_over_a_session_that_waits_already_and_how_it_ends_is_known(
    program: str, code: int, there: Box, box: Sshd, tmp_path: Path
) -> None:
    (box.home / "one").write_text("content")
    logins = lane_logins(there)
    logins.begin(1)
    shell = RemoteShell(there, Streams(1, 8), "", TransferSettings())

    words = ["rsync", "-a", f"--rsync-path={program}"]
    operands = [f"{there.resolved.user}@{there.resolved.name}:one", f"{tmp_path}/"]
    with shell.running(words, ["false"], operands, over=Streams(1, 1)) as run:
        list(run.lines())
        assert bool(run.wait()) == bool(code)

    assert shell.meter.ended == code
    assert (tmp_path / "one").exists() == (code == 0)
    assert code == 0 or program in logins.last_words


def test_a_session_that_has_ended_is_no_way_for_rsync(
    there: Box, box: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (box.home / "one").write_text("content")
    monkeypatch.setattr("ssh_transport.link.lane_logins.ON_THE_BOX", "exit 3")
    logins = lane_logins(there)
    logins.begin(1)
    until(lambda: not logins.is_there)
    shell = RemoteShell(there, Streams(1, 8), "", TransferSettings())

    operands = [f"{there.resolved.user}@{there.resolved.name}:one", f"{tmp_path}/"]
    with shell.running(["rsync", "-a"], ["ssh", *ssh_options(there)], operands, over=Streams(1, 1)) as run:
        list(run.lines())
        assert run.wait() == 0

    assert (tmp_path / "one").read_text() == "content"


@pytest.mark.parametrize("stands", [None, "other", "other, but longer"], ids=["missing", "older", "longer"])
def test_what_is_not_all_here_is_planned_anew(stands: str | None, there: Box, box: Sshd, tmp_path: Path) -> None:
    source, target = box.home / "tree", tmp_path / "got" / "tree"
    source.mkdir()
    for name in ("one", "other"):
        (source / name).write_text(name)
    _, engine = looked(there, "tree", tmp_path / "got", Options())
    plan = engine.plan()
    target.mkdir(parents=True)
    (target / "one").write_text("one")
    os.utime(target / "one", (source / "one").stat()[7:9])
    if stands is not None:
        (target / "other").write_text(stands)
        os.utime(target / "other", (source / "other").stat()[7:9] if stands != "other" else (0, 1_500_000_000))

    again = engine.look_again(plan)

    assert [write.name for write in again.writes if write.is_file] == ["tree/other"]
    assert again.touched is None
