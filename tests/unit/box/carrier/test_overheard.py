"""The log of an `ssh`, as it comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ssh_transport.box.carrier.overheard import Overheard

if TYPE_CHECKING:
    from pathlib import Path

_LONG_S = 60


def test_who_listens_hears_at_once_of_what_comes_and_when(tmp_path: Path) -> None:
    heard: list[tuple[bytes, float]] = []
    log = Overheard(str(tmp_path / "log"), lambda text, now_s: heard.append((bytes(text), now_s)))
    try:
        assert not log.wait_for_more(0)
        with (tmp_path / "log").open("wb", buffering=0) as file:
            before_s = time.monotonic()
            for line in (b"one\n", b"two\n"):
                file.write(line)
                assert log.wait_for_more(_LONG_S)
            after_s = time.monotonic()
    finally:
        log.close()

    assert [text for text, _ in heard] == [b"one\n", b"one\ntwo\n"]
    assert before_s <= heard[0][1] <= heard[1][1] <= after_s
    assert log.beginning == "one\ntwo\n"
