"""The words that make holes are those that the receiver of both versions can be trusted with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssh_transport.facts.content import UNKNOWN
from ssh_transport.request.options import Options
from ssh_transport.transfer.rsync.options import common_options, link_options


@pytest.mark.parametrize(
    ("oldest", "inplace", "makes_holes", "is_told"),
    [
        ((3, 1, 2), True, False, False),
        ((3, 1, 3), True, True, True),
        ((3, 2, 3), False, True, True),
        ((3, 2, 4), False, True, False),
        ((3, 2, 7), True, True, False),
    ],
)
def test_a_receiver_that_would_take_what_stays_for_a_hole_is_told(
    oldest: tuple[int, int, int], inplace: bool, makes_holes: bool, is_told: bool
) -> None:
    """Seen with 3.1.3 and 3.2.3: an older version, or a partial file, became zeros (NEWS of 3.2.4)."""
    words = common_options(Options(), inplace=inplace, oldest=oldest, content=replace(UNKNOWN, has_holes=True))

    assert ("--sparse" in words) == makes_holes
    assert link_options(oldest, words) == (["--no-whole-file", "-M--no-W"] if is_told else [])
