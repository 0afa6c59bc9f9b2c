"""What is cut here, and what a box answers that is not believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ssh_transport.errors import CommandFailed
from ssh_transport.spread import plan
from ssh_transport.spread.plan import Landed, cut, piece_bytes_of, run_state_there, told

if TYPE_CHECKING:
    from pathlib import Path


def test_pieces_are_a_power_of_two_of_one_to_sixteen_mib() -> None:
    sizes = {total: piece_bytes_of(total) for total in (0, 1, 10**6, 10**9, 10**13)}

    assert list(sizes.values()) == [1 << 20, 1 << 20, 1 << 20, 16 << 20, 16 << 20]


def test_files_are_cut_here_and_what_is_no_file_is_left_to_the_copy(tmp_path: Path) -> None:
    """A name of any bytes; a link, an empty file, and one that is gone meanwhile are no pieces."""
    odd = "odd \udcff\n"
    (tmp_path / odd).write_bytes(b"x" * 3_000_000)
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(odd)

    found = cut(str(tmp_path), dict.fromkeys((odd, "empty", "link", "gone"), 3_000_000), None, "", follow=False)

    assert [name for name, *_ in found.cut.files] == [told(odd)]
    assert (found.bytes, found.count, found.length(2)) == (3_000_000, 3, 3_000_000 - 2 * found.piece_bytes)
    assert len(found.cut.digests) == 3 * 64


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [["../other", 1, 0, 0]], "digests": "0" * 64},
        {"files": [["a", 1, 0, 0]], "digests": "0" * 128},
        {"files": [["a", -1, 0, 0]], "digests": "0" * 64},
        {"files": [["a", 1, 0, 0]], "digests": "z" * 64},
        ["nothing of it"],
    ],
    ids=["another name", "too many pieces", "no size", "no digest", "no answer"],
)
def test_a_source_that_lies_is_not_believed(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_piped", lambda *_, **__: b"\n\n" + msgspec.json.encode(answer) + b"\n")
    box = type("Lying", (), {"name": "proj-1"})()

    with pytest.raises(CommandFailed):
        cut("/data", {"a": 1}, box, "python3", follow=False)
    with pytest.raises(CommandFailed):
        run_state_there(box, "python3", "land", "/state", Landed)
