"""The limit of open files: raised as far as needed and allowed, else fewer boxes at once."""

from __future__ import annotations

import resource

import pytest

from ssh_transport.fleet import open_files


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits as they are set, the present ones last."""
    found = [(256, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: found[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: found.append(pair))
    return found


def test_a_soft_limit_is_raised_as_far_as_needed(
    limits: list[tuple[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert open_files.allowed(16, 16) == 16
    assert limits == [(256, 4096), (16 * 24 + 256, 4096)]
    assert open_files.allowed(2, 2) == 2
    assert len(limits) == 2
    assert capsys.readouterr().err == ""


def test_a_hard_limit_means_fewer_boxes_and_is_told(
    limits: list[tuple[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    limits.append((256, 400))

    assert open_files.allowed(16, 16) == 6
    assert limits[-1] == (400, 400)
    assert "400 open files are enough for 6 of 16 boxes at once: ulimit -n raises the limit" in capsys.readouterr().err


def test_one_box_is_always_tried(limits: list[tuple[int, int]]) -> None:
    limits.append((64, 64))
    assert open_files.allowed(8, 100, weight=16) == 1
