"""Which processes are a person's work: what a login started and its descendants, none that only waits or hosts."""

from __future__ import annotations

import pytest

from ssh_transport.leave.running import of_a_person
from ssh_transport.processes.listing import Listing, Process

OWN = 103


def process(pid: int, parent: int, command: str, state: str = "S") -> Process:
    return Process(pid, parent, pid, pid, state, 1, "5", "you", 60, command)


def there(*processes: Process) -> Listing:
    chain = [
        process(1, 0, "init"),
        process(100, 1, "sshd"),
        process(101, 100, "sshd: you"),
        process(OWN, 101, "sh -c x"),
    ]
    return Listing((*chain, *processes), OWN)


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        (
            (process(200, 1, "python train.py"), process(201, 200, "python worker"), process(202, 1, "cron -f")),
            [200, 201],
        ),
        ((process(200, 1, "tmux new -d"), process(201, 200, "-bash"), process(202, 200, "vim notes")), [202]),
        ((process(200, 100, "-bash"), process(201, 200, "python train.py")), [200, 201]),
        ((process(200, 100, "/bin/zsh -l"), process(203, 1, "bash")), []),
        ((process(200, 1, "bash run.sh"),), [200]),
        ((process(200, 1, "[python]", state="Z"),), []),
    ],
    ids=["descendants", "hosted", "shell with work", "shells at a prompt", "script", "zombie"],
)
def test_what_is_a_persons_work(processes: tuple[Process, ...], expected: list[int]) -> None:
    found = there(*processes)

    assert [process.pid for process in of_a_person(found, {200, 203, OWN, 101})] == expected
