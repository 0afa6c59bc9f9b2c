"""The catalogue of tokens takes seconds to compile: once for all processes, and in no copy's time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import pytest

from ssh_transport import files
from ssh_transport.credentials import catalogue
from ssh_transport.link.persist import Patience
from ssh_transport.transfer import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box

FIND = "from ssh_transport.credentials import catalogue; print(catalogue.kind_of(b'glpat-' + b'x7Kq2LmN9pRtV4wYzB8d'))"
SAID = "preparing the rules that tokens are found by: some seconds, the first time on this machine\n"


@pytest.mark.slow
def test_of_two_processes_one_compiles_it_and_the_other_waits(tmp_path: Path) -> None:
    """Whoever waits for it is told once; it lies in our cache then, and nobody is told again."""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("KF_RULE_CACHE_DIR", None)

    def find() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", FIND], env=environment, stdout=pipe, stderr=pipe, text=True)

    found, said = zip(*[one.communicate() for one in (find(), find())], strict=True)
    again = find().communicate()

    assert sorted(said) == ["", SAID]
    assert list((tmp_path / "cache" / "ssh-transport").glob("rules-*/*")) != []
    assert {*found, again[0]} == {"a secret (gitlab pat)\n"}
    assert again[1] == ""


def test_where_no_lock_is_to_be_had_it_is_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled: list[Path] = []

    def rules(cache_dir: Path) -> None:
        compiled.append(cache_dir)

    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path / "rules"))
    monkeypatch.setattr(catalogue, "_COMPILES_S", 0)
    monkeypatch.setattr("kingfisher_sdk.Rules", rules)
    monkeypatch.setattr("kingfisher_sdk.Scanner", lambda _: "what scans")
    catalogue._made_scanner.cache_clear()
    name = "the rules that tokens are found by"
    try:
        with files.locked(name):
            assert catalogue.is_there()
    finally:
        catalogue._made_scanner.cache_clear()

    assert compiled == [tmp_path / "rules"]
    assert capsys.readouterr().err == SAID


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


def test_a_machine_that_there_is_no_build_for_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.delenv("KF_RULE_CACHE_DIR")
    monkeypatch.setattr(catalogue, "version", version)
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    catalogue._made_scanner.cache_clear()
    try:
        catalogue.prepare()
        assert not catalogue.is_there()
    finally:
        catalogue._made_scanner.cache_clear()


def test_where_it_is_compiled_it_is_read_beside_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compiled").touch()
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path))
    goes_on, is_read = threading.Event(), threading.Event()

    def read() -> None:
        assert goes_on.wait(30)
        is_read.set()
        raise OSError("the disk is broken, which is for who asks for the catalogue")

    monkeypatch.setattr(catalogue, "_scanner", read)
    catalogue._made_scanner.cache_clear()
    catalogue.prepare()

    assert not is_read.is_set()
    goes_on.set()
    assert is_read.wait(30)
