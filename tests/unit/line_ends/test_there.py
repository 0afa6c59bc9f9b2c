"""What a box reports of its scripts: believed only if it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import Incomplete
from ssh_transport.line_ends.there import parse_report

if TYPE_CHECKING:
    from pathlib import Path

RECORD = b"f\0run.sh\0002\0000\0000\0000\0\0"
END = b"e\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"", "it ended too early"),
        (RECORD, "it ended too early"),
        (RECORD.replace(b"2", b"-2") + END, "a record is invalid"),
        (RECORD.replace(b"2", b"9" * 5000) + END, "a record is invalid"),
        (RECORD.replace(b"run.sh", b"") + END, "a record is invalid"),
        (b"q" + RECORD[1:] + END, "a record is invalid"),
        (b"f\0" + b"n" * 100_000, "a record has no end"),
    ],
)
def test_a_box_that_tells_nonsense_is_refused(said: bytes, cause: str) -> None:
    """In one piece or byte by byte."""
    for chunks in ([said], [said[at : at + 1000] for at in range(0, len(said), 1000)]):
        with pytest.raises(Incomplete) as caught:
            parse_report("x", iter(chunks), "`proj-1`", fix=False)
        assert caught.value.cause == cause


def test_what_a_box_could_not_read_is_reported(tmp_path: Path) -> None:
    """But for what vanished meanwhile."""
    end = b"e\0\0\0\0\0\0find: ./a: Permission denied\nfind: ./b: No such file or directory\n\0"

    report = parse_report("x", iter([b"h\0\0\0\0\0\0\0", RECORD, end]), "`proj-1`", fix=False)

    assert report.unread == ("find: ./a: Permission denied",)
    assert str(report) == (
        "1 shell script with line ends that no shell can read\n"
        "  run.sh: CRLF, 2 lines\n"
        "  not read: find: ./a: Permission denied"
    )
