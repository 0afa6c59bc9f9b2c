"""The catalogue of tokens takes seconds to compile: once for all processes, and in no copy's time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.credentials import catalogue
from ssh_transport.link.persist import Patience
from ssh_transport.transfer import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from ssh_transport.box import Box

SCAN = "from ssh_transport.credentials import catalogue; print(catalogue.is_there())"
SAID = "preparing the rules"


def test_of_two_processes_one_compiles_it_and_the_other_waits(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("KF_RULE_CACHE_DIR", None)
    both = [
        subprocess.Popen([sys.executable, "-c", SCAN], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate()[1] for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert sum(SAID in text for text in said) == 1, said


def test_where_no_lock_is_to_be_had_it_is_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path / "rules"))
    monkeypatch.setattr(catalogue, "_COMPILES_S", 0)
    catalogue._made_scanner.cache_clear()
    name = "the rules that tokens are found by"
    try:
        with files.locked(name):
            assert catalogue.is_there()
    finally:
        catalogue._made_scanner.cache_clear()

    assert SAID in capsys.readouterr().err


def test_it_is_prepared_before_the_time_of_a_copy_begins(
    monkeypatch: pytest.MonkeyPatch, make_box: Callable[..., Box]
) -> None:
    from ssh_transport.transfer import Options, push_request

    order: list[str] = []

    class EndedError(Exception):
        """All that matters here is done."""

    def begin() -> float:
        order.append("the clock")
        raise EndedError

    monkeypatch.setattr(catalogue, "prepare", lambda: order.append("the rules"))
    monkeypatch.setattr(run.time, "monotonic", begin)
    try:
        run.copy(push_request(make_box(), ".", "there", Options()), Patience(1, 1), lambda _: None)
    except EndedError:
        order.append("the copy")

    assert order == ["the rules", "the clock", "the copy"]
