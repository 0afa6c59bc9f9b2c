"""What is said at the end of a copy."""

from __future__ import annotations

from dataclasses import replace

from ssh_transport.transfer.result import Transfer

DONE = Transfer(
    box="proj-1",
    source="proj-1:/ckpt",
    target="./proj-1/",
    engine="rsync",
    matched=2,
    files=2,
    bytes=48_000_000,
    links=0,
    deletions=(),
    skipped=(),
    wire_bytes=40_000_000,
    seconds=8.0,
    attempts=3,
    heals=1,
)


def test_the_last_line_of_a_copy_names_its_rate() -> None:
    assert str(DONE) == (
        "proj-1:/ckpt -> ./proj-1/: 2 files, 48.0 MB in 8.0 s, 3 attempts; 40.0 MB over the wire at 5.0 MB/s, 1 healed"
    )


def test_where_nothing_was_sent_or_no_time_passed_there_is_no_rate() -> None:
    assert "/s" not in str(replace(DONE, files=0, bytes=0, wire_bytes=844))
    assert "/s" not in str(replace(DONE, seconds=0.0))
