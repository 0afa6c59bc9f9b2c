"""The program on a box stores and fetches by every Python from 3.6 on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.bucket import seal, worker
from ssh_transport.bucket.worker.aes import part_key, password
from tests.support.lying_store import LyingStore
from tests.support.pythons import pythons

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lying_store import Asked

PLAIN = bytes(range(256)) * 40
KEY = bytes(32)
DIGEST = hashlib.sha256(PLAIN).hexdigest()
SECRET = password(KEY, 0, DIGEST)
BODY = seal.sealed(part_key(SECRET), 0, PLAIN)
PYTHONS = pytest.mark.parametrize("python", [pytest.param(path, id=name) for name, path in pythons((3, 6)).items()])


def gives(asked: Asked, first: int) -> None:
    asked.says(206, BODY[first:], Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")


def takes(asked: Asked, _: int) -> None:
    asked.says(200, b"")


def hears(running: subprocess.Popen[str], *lines: dict[str, Any]) -> dict[str, Any]:
    """Tell it something; return what it says next, but for its heartbeat."""
    assert running.stdin
    assert running.stdout
    running.stdin.write("".join(f"{json.dumps(line)}\n" for line in lines))
    running.stdin.flush()
    said: dict[str, Any] = {"at": 0}
    while "at" in said:
        said = json.loads(running.stdout.readline())
    return said


def starts(python: str) -> subprocess.Popen[str]:
    argv = [python, "-I", "-c", worker.code(), ""]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@PYTHONS
def test_it_fetches(tmp_path: Path, python: str) -> None:
    order = {
        "does": "receive",
        "root": str(tmp_path / "to"),
        "place": [".relay-partial", "c0"],
        "files": [("f", len(PLAIN), 0)],
    }
    told = {"part": 0, "length": len(BODY), "sha": hashlib.sha256(BODY).hexdigest(), "plain": DIGEST, "key": SECRET}
    with LyingStore(gives) as store, starts(python) as running:
        assert hears(running) == {"seals": True}
        part = {**told, "url": store.url, "slices": [(0, 0, len(PLAIN))]}
        assert hears(running, order, part) == {"part": 0, "bytes": len(BODY)}
        assert hears(running, {"end": []}) == {"named": 1}
        running.communicate()

    assert (tmp_path / "to" / "f").read_bytes() == PLAIN


@PYTHONS
def test_it_stores(tmp_path: Path, python: str) -> None:
    (tmp_path / "f").write_bytes(PLAIN)
    order = {"does": "send", "root": str(tmp_path), "files": ["f"], "key": KEY.hex(), "copy_links": False}
    with LyingStore(takes) as store, starts(python) as running:
        assert hears(running) == {"seals": True}
        assert hears(running, order)["files"][0][0] == len(PLAIN)
        made = hears(running, {"part": 0, "slices": [(0, 0, len(PLAIN))]})
        assert made == {"part": 0, "length": len(BODY), "sha": hashlib.sha256(BODY).hexdigest(), "plain": DIGEST}
        assert hears(running, {"part": 0, "url": store.url}) == {"part": 0, "bytes": len(BODY)}
        assert hears(running, {"end": []}) == {"changed": []}
        running.communicate()

    assert store.stored == [BODY]
