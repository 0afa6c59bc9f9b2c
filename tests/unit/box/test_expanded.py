"""Where a pull has made `./p-1`, an unquoted `p-*` is one box: who sits at a terminal is told, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import boxes, expanded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from invoke.context import Context

SAID = "on p-1 alone; as ./p-1 is here, a shell takes an unquoted p-* for it. All 2 boxes: -H 'p-*'"


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with `./p-1`, and two aliases of that project."""
    (home / ".ssh" / "config").write_text("Host p-1\n  HostName 192.0.2.1\nHost p-2\n  HostName 192.0.2.2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(expanded, "shows_progress", lambda: True)
    (tmp_path / "p-1").mkdir()
    return tmp_path


def test_one_name_that_may_have_been_a_pattern_is_told_once_in_a_directory(
    place: Path,
    context: Callable[..., Context],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(2):
        boxes(context(), "p-1")
    assert capsys.readouterr().err.count(SAID) == 1

    (place / "other" / "p-1").mkdir(parents=True)
    monkeypatch.chdir(place / "other")
    boxes(context(), "p-1")
    assert capsys.readouterr().err.count(SAID) == 1


@pytest.mark.parametrize("words", ["p-2", "p-*", "p-1,p-2"])
@pytest.mark.usefixtures("place")
def test_what_no_shell_has_changed_is_not_told(
    words: str, context: Callable[..., Context], capsys: pytest.CaptureFixture[str]
) -> None:
    boxes(context(), words)

    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("place")
def test_a_script_is_not_told(
    context: Callable[..., Context], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expanded, "shows_progress", lambda: False)
    boxes(context(), "p-1")

    assert capsys.readouterr().err == ""
