"""What boxes under way together have of a limit."""

from __future__ import annotations

import pytest

from ssh_transport.box import share


@pytest.mark.parametrize(
    ("limit", "boxes", "each"),
    [
        ("10M", 1, "10M"),
        ("10M", 4, "2.500M"),
        ("100", 8, "12.500"),
        ("0", 8, "0"),
        ("", 8, ""),
        # Neither no limit at all, as 0 would be, nor less than rsync takes.
        ("1K", 4, "0.5K"),
        ("0.001M", 16, "0.5K"),
        ("1", 5000, "0.5K"),
    ],
)
def test_each_has_its_part_of_a_rate_and_never_none_at_all(limit: str, boxes: int, each: str) -> None:
    with share.shared(share.Share(boxes=boxes)):
        assert share.rate(limit) == each


@pytest.mark.parametrize(
    ("limit", "bytes_s"), [("", 0), ("0", 0), ("1", 1024), ("0.5k", 512), ("2M", 2 << 20), ("1.5G", 3 << 29)]
)
def test_a_rate_is_read_as_rsync_reads_it(limit: str, bytes_s: float) -> None:
    assert share.bytes_per_s(limit) == bytes_s
