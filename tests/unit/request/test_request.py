"""The two paths of a copy mean what rsync means by them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssh_transport.errors import NoSuchPath, UsageError
from ssh_transport.request.end import End
from ssh_transport.request.options import Options
from ssh_transport.request.paths import local_path, remote_path
from ssh_transport.request.request import pull_request, push_request
from ssh_transport.transfer.result import Transfer
from tasks._how import require_own_targets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box

_OPTIONS = Options()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data", "CWD/data"),
        ("data/", "CWD/data/"),
        ("./data//", "CWD/data/"),
        ("data/.", "CWD/data/"),
        (".", "CWD/"),
        ("./", "CWD/"),
        ("..", "CWD/.."),
        ("/", "/"),
        ("/abs", "/abs"),
        ("/abs/", "/abs/"),
        ("~", "HOME"),
        ("~/", "HOME/"),
        ("~/ckpt/", "HOME/ckpt/"),
        ("-e", "CWD/-e"),
        ("host:path", "CWD/host:path"),
        ("a\nb\udcff", "CWD/a\nb\udcff"),
    ],
)
def test_a_local_path_is_absolute(path: str, expected: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No local path can be taken for an option or a host, and a trailing slash keeps its meaning."""
    monkeypatch.chdir(home.parent)

    assert expected.replace("CWD", str(home.parent)).replace("HOME", str(home)) == local_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/ckpt", "/ckpt"),
        ("/ckpt/", "/ckpt/"),
        ("ckpt", "./ckpt"),
        ("./ckpt", "./ckpt"),
        (".", "./."),
        ("~", "./"),
        ("~/", "./"),
        ("~/ckpt/", "./ckpt/"),
        ("~//ckpt", "./ckpt"),
        ("-e", "./-e"),
        ("--server", "./--server"),
        ("~/-e", "./-e"),
        ("a b'$(id)", "./a b'$(id)"),
        ("::module", "./::module"),
    ],
)
def test_a_remote_path_starts_at_home_or_root(path: str, expected: str) -> None:
    """No remote path can be taken for an option."""
    assert expected == remote_path(path)


@given(st.text(min_size=1))
def test_no_path_is_an_option_or_a_host(path: str) -> None:
    """Whatever is typed, rsync sees a path."""
    assume("\0" not in path and not path.startswith("~"))

    assert remote_path(path).startswith(("/", "./"))
    assert local_path(path).startswith("/")


@pytest.mark.parametrize("path", ["", "a\0b"], ids=["empty", "NUL"])
def test_no_path_is_nothing(path: str) -> None:
    """An empty path would mean a whole home, and no path holds a NUL."""
    with pytest.raises(UsageError):
        local_path(path)
    with pytest.raises(UsageError):
        remote_path(path)


class Pull(NamedTuple):
    box: str
    to: str
    here: str


@pytest.mark.parametrize(
    "case",
    [
        Pull("proj-1", "", "CWD/proj-1/"),
        Pull("proj-1", "out", "CWD/out"),
        Pull("proj-1", "out/{box}", "CWD/out/proj-1"),
        Pull("proj-1", "{box}/{box}/", "CWD/proj-1/proj-1/"),
        Pull("root@web:2222", "", "CWD/root@web:2222/"),
        Pull("root@[::1]:22", "", "CWD/root@_::1_:22/"),
        Pull("me/../../x y", "{box}", "CWD/me_.._.._x_y"),
        Pull("~root", "", "CWD/_root/"),
    ],
    ids=lambda case: f"{case.box} {case.to}",
)
def test_a_pull_lands_in_a_place_of_the_box(
    case: Pull, home: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is a directory called like the box, and no name of a box leads out of it."""
    monkeypatch.chdir(home.parent)
    box = make_box(case.box)
    request = pull_request(box, "/ckpt", case.to, _OPTIONS)

    assert End(case.here.replace("CWD", str(home.parent))) == request.target
    assert End("/ckpt", box) == request.source
    assert (request.box, request.boxes, request.is_between) == (box, (box,), False)


def test_a_push_needs_its_source(home: Path, make_box: Callable[..., Box]) -> None:
    """A missing source is a mistake before anything is connected; a dangling symlink is a source."""
    (home / "link").symlink_to("nowhere")
    box = make_box()
    request = push_request(box, "~/link", "to/", _OPTIONS)
    with pytest.raises(NoSuchPath) as caught:
        push_request(box, "~/no\x1b", "to", _OPTIONS)

    assert (End(f"{home}/link"), End("./to/", box)) == (request.source, request.target)
    assert str(caught.value) == f"error: there is no `~/no\\x1b` on this machine\n\nhint: looked at {home}/no\\x1b"


@pytest.mark.parametrize("rate", ["", "0", "0.5", "100", "1.5m", "10M", "2G"])
def test_a_rate_is_taken(rate: str) -> None:
    """Kilobytes per second, or a number with a suffix."""
    assert rate == Options(bwlimit=rate).bwlimit


@pytest.mark.parametrize("rate", ["fast", "-1", "10MB", "1 0", "10M --delete", "10M\n"])
def test_no_rate_is_refused(rate: str) -> None:
    """What rsync would stumble over is refused first."""
    with pytest.raises(UsageError, match="is no rate"):
        Options(bwlimit=rate)


@pytest.mark.parametrize("rate", ["0.1", "0.4999", "0.0001M"])
def test_a_rate_that_rsync_finds_too_small_is_refused_first(rate: str) -> None:
    with pytest.raises(UsageError, match="is too slow"):
        Options(bwlimit=rate)


class Sentence(NamedTuple):
    text: str
    files: int = 2
    links: int = 0
    deletions: tuple[str, ...] = ()
    attempts: int = 1


@pytest.mark.parametrize(
    "case",
    [
        Sentence("web:/a -> /b\\n: 2 files, 1.5 MB in 3.0 s; 1.0 kB over the wire at 333 B/s"),
        Sentence("web:/a -> /b\\n: 2 files, 1.5 MB in 3.0 s, 4 attempts; 1.0 kB over the wire at 333 B/s", attempts=4),
        Sentence("web:/a -> /b\\n: nothing to copy in 3.0 s; 1.0 kB over the wire", files=0),
        Sentence("web:/a -> /b\\n: 1 symlink in 3.0 s; 1.0 kB over the wire", files=0, links=1),
    ],
    ids=lambda case: case.text,
)
def test_a_transfer_is_one_sentence(case: Sentence) -> None:
    """The result says what was copied, from where to where, and at what cost."""
    transfer = Transfer(
        box="web",
        source="web:/a",
        target="/b\n",
        engine="rsync",
        matched=3,
        files=case.files,
        bytes=1_500_000,
        links=case.links,
        deletions=case.deletions,
        skipped=(),
        wire_bytes=1000,
        seconds=3.0,
        attempts=case.attempts,
    )

    assert case.text == str(transfer)


def test_two_names_that_become_one_directory_are_refused(make_box: Callable[..., Box]) -> None:
    """Odd characters of a name are replaced in `{box}`, after which two names may be the same."""
    for to in ("", "all/{box}/"):
        requests = {name: pull_request(make_box(name), "x", to, _OPTIONS) for name in ("a b", "a?b", "c")}
        with pytest.raises(UsageError, match=r"`a b` and `a\?b` would write into the same directory"):
            require_own_targets(requests, to)
        require_own_targets({name: requests[name] for name in ("a b", "c")}, to)


def test_the_home_of_nobody_is_a_usage_error() -> None:
    """`Path.expanduser` raises `RuntimeError` for a user that does not exist."""
    with pytest.raises(UsageError, match="names no user's home"):
        local_path("~no-such-user/x")
