"""A watch against a box that is played: what a listing after the copy does not confirm is not shown."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.errors import Incomplete, PermissionRefused
from ssh_transport.request.end import End
from ssh_transport.request.patterns import Excluded
from ssh_transport.transfer import Options, Patience, Request
from ssh_transport.watch import Rules, run
from ssh_transport.watch.listing import Entry, listing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssh_transport.watch import WatchResult
    from ssh_transport.watch.listing import Listing

SECOND_NS = 1_000_000_000


class Played:
    """A box that shows one directory after the other, and a copy that puts into staging what it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
        self.target = target
        self.now_s = 0.0
        self.looks: list[dict[str, Entry]] = []
        self.copied: list[tuple[str, ...]] = []
        self.sleeping: Callable[[], None] = lambda: None
        self.copying: Callable[[Path, Sequence[str]], None] = self.put
        monkeypatch.setattr(run, "Look", lambda *_: self._look)
        monkeypatch.setattr(run, "copy", self._copy)
        monkeypatch.setattr(run, "time", SimpleNamespace(monotonic=lambda: self.now_s))
        monkeypatch.setattr(run, "pause", self._sleep)

    def watch(self, *looks: dict[str, Entry], **rules: Any) -> WatchResult:
        self.looks = list(looks)
        box: Any = SimpleNamespace(name="proj-1", address="me@box:22", open=lambda: None, reconnect=lambda: None)
        options = Options()
        request = Request(source=End("./run/", box), target=End(str(self.target)), options=options)
        return run.watch(request, Rules(**rules), Patience(1, 1), lambda _: None)

    def put(self, staging: Path, names: Sequence[str]) -> None:
        """Copy as the directory was shown last."""
        for name in names:
            self.make(staging / name, self.shown[name])

    def make(self, path: Path, entry: Entry) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * entry.size)
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))

    def _look(self) -> Listing:
        self.shown = self.looks.pop(0)
        return listing_of(self.shown.items(), Excluded([]), "", times_s=(self.now_s, self.now_s))

    def _copy(self, request: Request, *_: Any) -> Any:
        only = request.options.only or ()
        self.copied.append(only)
        self.copying(Path(request.target.path), only)
        return SimpleNamespace(engine="rsync")

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.sleeping()


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Played:
    return Played(monkeypatch, tmp_path / "to")


def file(size: int = 3, second: int = 5) -> Entry:
    return Entry("f", size, second * SECOND_NS)


def test_what_changed_while_it_was_copied_waits_in_staging(played: Played) -> None:
    """It is the base of the next copy; the file beside it is shown."""
    old, new = {"a": file(), "b": file()}, {"a": file(second=6), "b": file()}

    result = played.watch(old, old, new, rounds=2)

    assert (result.files, result.waiting) == (1, ("a",))
    assert not (played.target / "a").exists()
    assert (played.target / "b").exists()
    assert len(list(played.target.glob(".watch-partial/*/a"))) == 1


def test_what_the_box_did_not_send_as_it_showed_it_is_not_shown(played: Played) -> None:
    """It is still the same there, but another version is in staging."""
    played.copying = lambda staging, _: played.make(staging / "a", file(size=2))
    shown = {"a": file()}

    result = played.watch(shown, shown, shown, rounds=2)

    assert (result.files, result.waiting) == (0, ("a",))


def test_a_file_that_can_not_be_copied_keeps_nothing_else_back(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(staging: Path, names: Sequence[str]) -> None:
        played.put(staging, [name for name in names if name != "secret"])
        raise PermissionRefused("the copy stopped", cause="open: Permission denied (13)")

    played.copying = refused
    shown = {"a": file(), "secret": file()}

    result = played.watch(shown, shown, shown, rounds=2)

    assert (result.files, result.waiting) == (1, ("secret",))
    assert "proj-1: not copied: secret: open: Permission denied (13)\n" in capsys.readouterr().err


def test_what_somebody_took_away_here_is_not_pulled_again(played: Played) -> None:
    """People make room for the next checkpoint."""
    played.sleeping = lambda: (played.target / "a").unlink(missing_ok=True)

    result = played.watch(*[{"a": file()}] * 6, rounds=5)

    assert (result.rounds, result.waiting) == (5, ())
    assert played.copied == [("a",)]
    assert not (played.target / "a").exists()


def test_a_new_version_replaces_the_old_one(played: Played) -> None:
    played.make(played.target / "a", file())
    shown = {"a": file(size=9, second=7)}

    result = played.watch(shown, shown, shown, rounds=2)

    assert (result.files, result.bytes) == (1, 9)
    assert (played.target / "a").read_bytes() == b"x" * 9


def test_ten_windows_after_the_marker_it_ends_as_incomplete(played: Played) -> None:
    """The time of copies does not count."""
    looks = [{"DONE": file(), "log": file(size=n)} for n in range(30)]

    with pytest.raises(Incomplete, match="but not all has settled"):
        played.watch(*looks, until="DONE", every_s=60, settle_s=30)

    assert played.now_s == 10 * 30


def test_what_changed_before_it_was_copied_has_not_settled(played: Played) -> None:
    """Staging and the look after the copy agree, but nobody has seen that version rest."""
    old, new = {"a": file()}, {"a": file(size=4, second=6)}
    played.copying = lambda staging, _: played.make(staging / "a", new["a"])

    result = played.watch(old, old, new, rounds=2)

    assert (result.files, result.waiting) == (0, ("a",))


def test_after_the_marker_a_whole_window_passes_before_the_end(played: Played) -> None:
    """The last words of a run come after its marker."""
    for name in ("DONE", "a"):
        played.make(played.target / name, file())
    before, late = {"DONE": file(), "a": file()}, {"DONE": file(), "a": file(), "late": file()}

    result = played.watch(before, late, late, late, until="DONE")

    assert (result.files, result.waiting) == (1, ())
