"""What the program on a box does with a part."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.bucket.worker import aes, program, wire

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD, PLAIN = "a1b2", b"weights" * 1000


@pytest.fixture
def receives(tmp_path: Path) -> program._Receives:
    order = {"root": str(tmp_path), "place": [".parts", "copy"], "files": [("weights", len(PLAIN), 0)]}
    return program._Receives(program._Talk(), order)


def told(stored: bytes, plain: bytes = PLAIN) -> dict[str, Any]:
    digest = hashlib.sha256(plain).hexdigest()
    slices = [(0, 0, len(PLAIN))]
    return {"part": 0, "url": "", "length": len(stored), "plain": digest, "key": PASSWORD, "slices": slices}


def test_what_comes_is_hashed_once(receives: program._Receives, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box may be slow at it; the hash of the content tells all that that of what was stored would."""
    stored = bytes(aes.sealed(aes.part_key(PASSWORD), 0, PLAIN))
    hashed: list[int] = []
    sha256 = hashlib.sha256

    def counted(data: bytes = b"") -> Any:
        hashed.append(len(data))
        return sha256(data)

    monkeypatch.setattr(wire, "get", lambda *_: bytearray(stored))
    order = told(stored)
    monkeypatch.setattr(program.hashlib, "sha256", counted)

    assert receives.part(order) == {"bytes": len(stored)}
    assert sum(hashed) == len(PLAIN)


@pytest.mark.parametrize("plain", [PLAIN, PLAIN[:-1] + b"t"])
def test_what_is_another_is_told(receives: program._Receives, plain: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was touched, or is another part that opens well."""
    stored = bytearray(aes.sealed(aes.part_key(PASSWORD), 0, plain))
    if plain == PLAIN:
        stored[3] ^= 1
    monkeypatch.setattr(wire, "get", lambda *_: stored)

    with pytest.raises((wire.Bad, ValueError), match="not what was"):
        receives.part(told(bytes(stored)))
