"""What a box says of itself is read as far as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.box import shell
from ssh_transport.facts.copying import Version
from ssh_transport.facts.vitals import Vitals, vitals

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

_WHOLE = {
    "home": "700 root",
    "ssh": "755 root",
    "me": "root",
    "bytes": "overlay 31457280 1024 2048 6% /",
    "inodes": "overlay 100 40 60 40% /",
    "mounts": "/ overlay\n/root/autodl-fs fuse.juicefs\n/data nfs4\n/nfs ext4\nodd",
    "rsync": "rsync  version 3.2.7  protocol version 31\n    zstd lz4 zlib none",
    "congestion": "bbr",
}
_EMPTY = Vitals(
    user="",
    home_mode=None,
    home_owner="",
    ssh_mode=None,
    free_bytes=None,
    free_inodes=None,
    shared_mounts=(),
    rsync=None,
    congestion_control="",
)


@pytest.fixture
def told(make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Vitals]:
    """Read vitals from a text that a box said."""

    def tell(text: str) -> Vitals:
        monkeypatch.setattr(shell, "run", lambda *_, **__: shell.Result(text, "", 0))
        return vitals(make_box())

    return tell


def said(**changes: str) -> str:
    """Return what a whole box says, with other answers in it."""
    answers = "".join(f"\n@{name}\n{answer}\n" for name, answer in (_WHOLE | changes).items())
    return f"{answers}\n@end\n"


def test_every_answer_has_its_field(told: Callable[[str], Vitals]) -> None:
    """Of a whole box everything is known, and of its mounts only those that others see."""
    assert told(said()) == Vitals(
        user="root",
        home_mode=0o700,
        home_owner="root",
        ssh_mode=0o755,
        free_bytes=2048 * 1024,
        free_inodes=60,
        shared_mounts=(("/root/autodl-fs", "fuse.juicefs"), ("/data", "nfs4")),
        rsync=Version((3, 2, 7), zstd=True),
        congestion_control="bbr",
    )


@pytest.mark.parametrize("text", ["", "\n@end\n", said(**dict.fromkeys(_WHOLE, "")), "no marks at all"])
def test_no_answer_is_no_fault(text: str, told: Callable[[str], Vitals]) -> None:
    """What a minimal image lacks, and an answer that was cut off, is empty."""
    assert told(text) == _EMPTY


@pytest.mark.parametrize("name", _WHOLE)
def test_one_missing_answer_leaves_the_others(name: str, told: Callable[[str], Vitals]) -> None:
    """No answer takes the place of another."""
    whole, without = told(said()), told(said(**{name: ""}))
    changed = [field for field in Vitals.__annotations__ if getattr(whole, field) != getattr(without, field)]

    assert len(changed) == (2 if name == "home" else 1)


@pytest.mark.parametrize(
    ("name", "answer", "field"),
    [
        ("home", "789 root", "home_mode"),
        ("home", "rwx root", "home_mode"),
        ("ssh", "- -", "ssh_mode"),
        ("bytes", "df: no such file", "free_bytes"),
        ("bytes", "overlay 1 2", "free_bytes"),
        ("inodes", "overlay - - - - /", "free_inodes"),
        ("rsync", "usage: rsync", "rsync"),
    ],
)
def test_an_odd_answer_is_none(name: str, answer: str, field: str, told: Callable[[str], Vitals]) -> None:
    """BusyBox and filesystems without inodes answer in words; that is no number and no fault."""
    found = told(said(**{name: answer}))

    assert getattr(found, field) is None
    assert found.congestion_control == "bbr"


def test_the_first_answer_counts(told: Callable[[str], Vitals]) -> None:
    """What looks like a mark in a later answer replaces nothing."""
    assert told(said(congestion="x\n@home\n777 fake")).home_mode == 0o700
