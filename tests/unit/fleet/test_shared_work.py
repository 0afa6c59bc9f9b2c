"""What is found out of this machine for one of several boxes is not found out again for the others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.box import share
from ssh_transport.transfer import Options, push_request
from ssh_transport.transfer.guard import crlf
from tasks import _verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ssh_transport.box import Box


@pytest.fixture
def several() -> Iterator[None]:
    """Be one of several boxes."""
    found = share.Found()
    with share.shared(share.Share(boxes=2, found=found)):
        yield
    found.close()


@pytest.mark.usefixtures("several")
def test_pushes_side_by_side_are_compared_with_one_listing_of_the_source(
    make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("ssh_transport.manifest.verify", lambda *_, held, **__: seen.append(held))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()

    for name in ("a", "b"):
        box = make_box(name)
        _verify.compare(box.c, push_request(box, "data", "there", Options()), keep=False)

    assert seen[0] is seen[1]
    assert seen[0] is not None


@pytest.mark.usefixtures("several")
def test_a_script_is_read_once_as_long_as_it_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_bytes(b"#!/bin/sh\r\necho\r\n")
    opened: list[Any] = []
    really = os.open

    def opens(path: Any, *words: Any, **named: Any) -> int:
        opened.append(path)
        return really(path, *words, **named)

    monkeypatch.setattr("os.open", opens)

    first, again = (crlf.scripts(f"{tmp_path}/", ["run.sh"]) for _ in range(2))
    assert first == again == ["run.sh"]
    assert len(opened) == 1

    script.write_bytes(b"#!/bin/sh\necho hello\n")
    assert crlf.scripts(f"{tmp_path}/", ["run.sh"]) == []
