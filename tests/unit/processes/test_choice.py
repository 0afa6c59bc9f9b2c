"""Which processes are meant: what matches and what it started, never what the connection stands on."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.processes.choice import hosts, is_host, protected, protected_pids, select
from ssh_transport.processes.listing import Listing, Process
from ssh_transport.processes.pattern import compile_pattern

OWN = 103
# The way from the box's first process to the shell that lists.
_CHAIN = ((1, 0, "init train"), (100, 1, "sshd train"), (101, 100, "sshd: you train"), (OWN, 101, "sh -c train"))


def process(
    pid: int,
    parent: int = 1,
    command: str = "x",
    *,
    group: int = 0,
    session: int = 0,
    born: str = "5",
    state: str = "S",
) -> Process:
    return Process(pid, parent, group, session, state, 1, born, "you", 60, command)


def there(*processes: Process) -> Listing:
    chain = [process(pid, parent, command, group=pid, session=pid) for pid, parent, command in _CHAIN]
    return Listing((*chain, process(104, OWN, "tr train"), *processes), OWN)


def pids(found: Listing, *known: Process) -> list[int]:
    return [process.pid for process in select(found, re.compile("train"), known)]


def test_parents_come_before_their_children_whatever_their_numbers() -> None:
    """Numbers wrap, so a child may have the smaller one; what descends is meant whatever it is called."""
    found = there(
        process(50, 60),
        process(60, 500),
        process(70, 60),
        process(500, 1, "train"),
        process(30, 50, "train"),
        process(80),
    )

    assert pids(found) == [500, 60, 50, 70, 30]


def test_nothing_that_the_connection_stands_on_is_meant() -> None:
    """Nor what our shell started; all of it matches here."""
    assert pids(there()) == []
    assert [process.pid for process in protected(there(), re.compile("train"))] == [1, 100, 101, 104]


def test_another_session_of_the_same_server_is_meant() -> None:
    """It descends from the server that we stand on, and from nothing that is meant but itself."""
    assert pids(there(process(200, 100, "sshd: you"), process(201, 200, "bash train.sh"), process(202, 201))) == [
        201,
        202,
    ]


def test_what_goes_by_a_terminal_is_ours_where_no_server_is_to_be_seen() -> None:
    """A session that we made of a terminal's shell, and all in it; what has left it is not."""
    typed = "sh -c if stty raw -echo; then printf %s%s train"

    found = there(
        process(600, 0, typed, group=600, session=600),
        process(601, 600, "head -c 5 train", group=600, session=600),
        process(700, 1, "train", group=700, session=700),
        process(800, 1, f"grep {typed}", group=800, session=800),
    )

    assert pids(found) == [700, 800]


def test_an_orphan_is_meant_by_the_group_or_session_that_a_chosen_process_leads() -> None:
    """Its parent ended before it was seen; one whose number is no leader leads nothing."""
    leader = process(200, 1, "train", group=200, session=200)
    follower = process(210, 1, "train", group=190, session=190)
    orphans = (process(300, 1, group=200), process(301, 1, session=200), process(302, 1, group=190), process(303, 300))

    assert pids(there(leader, follower, *orphans)) == [200, 210, 300, 301, 303]
    assert pids(there(*orphans), leader, follower) == [300, 301, 303]


def test_a_number_that_was_given_again_is_another_process() -> None:
    """Neither it nor its children and its group are meant."""
    before = process(200, 1, "train", group=200, session=200, born="5")
    reused = process(200, 1, "mail", group=200, session=200, born="6")

    assert pids(there(reused, process(201, 200), process(202, 1, group=200)), before) == []
    assert pids(there(before, process(201, 200)), before) == [200, 201]


def test_what_was_chosen_stays_chosen_when_it_renames_itself() -> None:
    """As a process does that ends: its command line is empty then."""
    assert pids(there(process(200, 1, "[python]", state="Z")), process(200, 1, "train")) == [200]


def test_a_circle_of_parents_ends() -> None:
    """A box may say anything."""
    assert sorted(pids(there(process(200, 201, "train"), process(201, 200), process(202, 202)))) == [200, 201]


def test_on_this_very_machine_we_and_what_we_stand_on_are_protected() -> None:
    """Known by number and start, whatever else the box says: in another container our number means another process."""
    start = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    us = (process(os.getpid(), 77_777, "fab train", born=start), process(77_777, 1, "make train"))
    way = (process(80, os.getpid(), "/bin/sh -c  leash=$1 directory=$2 train"), process(81, 80, "ssh train"))
    job = process(82, os.getpid(), "python train.py")

    assert pids(there(*us, *way, job)) == [82]
    assert pids(there(process(os.getpid(), 77_777, "fab train", born="1"), us[1])) == [77_777, os.getpid()]


def test_we_are_known_by_our_words_where_ps_lists() -> None:
    """As on a Mac that is its own box."""
    words = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(os.getpid())], capture_output=True, check=True)
    us = process(os.getpid(), 77_777, words.stdout.decode().strip(), born="Mon Jan 1 00:00:00 2024")

    assert {os.getpid(), 77_777} <= protected_pids(there(us, process(77_777, 1, "make train")))


@pytest.mark.parametrize("pattern", ["", " ", ".", ".*", "^", "$", "x*", "a|", r"\S", "[a-z]", "[[:alpha:]]", "(", "*"])
def test_a_pattern_that_matches_everything_is_refused(pattern: str) -> None:
    """It is none, or every process matches."""
    with pytest.raises(UsageError) as caught:
        compile_pattern(pattern)

    assert f"`{pattern}`" in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("pattern", "command", "matches"),
    [
        ("src.train", "python -m src.train --lr 1", True),
        ("^python", "/usr/bin/python", False),
        ("train[[:digit:]]+[^[:space:]]x$", "run train12yx", True),
        ("a.b", "a\nb", True),
        ("-9 x; y $(z)", "-9 x; y zz", False),
        (r"\$\(z\)", "$(z)", True),
    ],
)
def test_a_pattern_is_searched_in_the_whole_command_line(pattern: str, command: str, matches: bool) -> None:
    """As `pgrep -f` does, with its classes."""
    assert bool(compile_pattern(pattern).search(command)) is matches


@pytest.mark.parametrize(
    "command",
    [
        "tmux new-session -d -s a python train.py",
        "/usr/bin/tmux -L x new -d train.py",
        "SCREEN -dmS a python train.py",
        "/usr/bin/python3 -I /usr/bin/supervisord -c train.conf",
        "/usr/bin/containerd-shim-runc-v2 -namespace moby -id train",
        "/usr/bin/dumb-init -- python train.py",
        "tini -- python train.py",
        "/sbin/docker-init -- train.py",
        "s6-supervise train",
        "runsv train",
        "dtach -n /tmp/train python train.py",
        "abduco -n train",
        "/home/you/.cargo/bin/zellij --server train",
        "/lib/systemd/systemd --user train",
        "/sbin/init train",
    ],
)
def test_what_only_hosts_a_match_is_left_and_what_it_hosts_is_meant(command: str) -> None:
    host = process(200, 1, command, group=200, session=200)
    hosted = (process(201, 200, "python train.py", session=200), process(202, 200, "vim", session=200))

    assert pids(there(host, *hosted, process(203, 201))) == [201, 203]
    assert [left.pid for left in hosts(there(host, *hosted), re.compile("train"))] == [200]


@pytest.mark.parametrize(
    "command",
    [
        *("python train.py tmux", "vim /etc/tmux.conf", "python -m src.screen", "", "-bash"),
        *("python3 -u /home/you/init --run x", "python s6-train.py", "./init train", "/home/you/init train"),
    ],
)
def test_what_only_speaks_of_a_host_is_none(command: str) -> None:
    assert not is_host(command)
