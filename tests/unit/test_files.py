"""Local files are written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ssh_transport import files
from ssh_transport.errors import AlreadyRunning, LocalFileError


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    """The content is replaced, the mode is the file's own."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    files.write(path, b"new", mode=0o600)

    assert (path.read_bytes(), path.stat().st_mode) == (b"new", 0o100640)


def test_an_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    """Root may write for somebody else, who would be locked out of their own file."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    theirs = (1234, 1235) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(path, *theirs)
    files.write(path, b"new", mode=0o600)

    assert (path.stat().st_uid, path.stat().st_gid) == theirs


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    """As root `/dev/null` would be one from then on."""
    os.mkfifo(tmp_path / "device")
    (tmp_path / "link").symlink_to("device")
    with pytest.raises(LocalFileError, match="can't write"):
        files.write(tmp_path / "link", b"new", mode=0o600)

    assert (tmp_path / "device").is_fifo()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_new_file_gets_its_mode(tmp_path: Path, mode: int) -> None:
    """The mode does not depend on the umask, and missing directories are private."""
    path = tmp_path / "new" / "file"
    before = os.umask(0o077)
    try:
        files.write(path, b"new", mode=mode)
    finally:
        os.umask(before)

    assert (0o100000 | mode, 0o40700) == (path.stat().st_mode, path.parent.stat().st_mode)


def test_a_file_is_private_before_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment can others read what is being written."""
    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: modes.append(os.fstat(handle).st_mode))
    files.write(tmp_path / "file", b"new", mode=0o600)

    assert modes[0] == 0o100600


def test_a_symlink_stays_and_leads_to_the_new_content(tmp_path: Path) -> None:
    """Dotfiles that live elsewhere stay there."""
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "file", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to("real/file")
    files.write(link, b"new", mode=0o600)

    assert link.is_symlink()
    assert (target.read_bytes(), str(link.readlink())) == (b"new", "real/file")


def test_a_dangling_symlink_gets_its_target(tmp_path: Path) -> None:
    """The file is made where the link leads."""
    link = tmp_path / "link"
    link.symlink_to("real")
    files.write(link, b"new", mode=0o600)

    assert link.is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.parametrize("step", ["replace", "fsync", "fchmod"])
def test_a_failure_leaves_the_old_content_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Whichever step fails, the old file is whole and no temporary file is left."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, fail)
        with pytest.raises(LocalFileError, match="No space left on device"):
            files.write(path, b"new", mode=0o600)

    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_directory_in_the_way_is_an_error_of_ours(tmp_path: Path) -> None:
    """A directory is not replaced by a file."""
    (tmp_path / "place").mkdir()
    with pytest.raises(LocalFileError, match="can't write"):
        files.write(tmp_path / "place", b"new", mode=0o600)

    assert names(tmp_path) == ["place"]


def test_create_makes_a_file_once(tmp_path: Path) -> None:
    """The second call changes nothing and says so."""
    path = tmp_path / "new" / "key"
    made, again = files.create(path, b"one", mode=0o600), files.create(path, b"two", mode=0o644)

    assert made
    assert not again
    assert (path.read_bytes(), path.stat().st_mode) == (b"one", 0o100600)
    assert names(path.parent) == ["key"]


@pytest.mark.parametrize("kind", ["file", "directory", "dangling symlink"])
def test_create_never_overwrites(tmp_path: Path, kind: str) -> None:
    """Whatever has the name keeps it."""
    path = tmp_path / "key"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    before = path.lstat()

    assert not files.create(path, b"new", mode=0o600)
    assert (before.st_ino, before.st_mode) == (path.lstat().st_ino, path.lstat().st_mode)
    assert names(tmp_path) == ["key"]


def test_one_holder_at_a_time() -> None:
    """A second one in the same process gives up at once, and may go when the first is done."""
    with files.locked("work"), files.locked("other"), pytest.raises(AlreadyRunning) as caught, files.locked("work"):
        pass
    with files.locked("work"):
        pass

    assert caught.value.what == "another ssh-transport is already busy with work"


def test_a_waiting_holder_gets_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """With patience, the second one goes when the first is done."""
    held, waiting = threading.Event(), threading.Event()

    def hold() -> None:
        with files.locked("work"):
            held.set()
            waiting.wait()

    monkeypatch.setattr(time, "sleep", lambda _: waiting.set())
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        with files.locked("work", wait_s=20):
            waited = waiting.is_set()
    finally:
        waiting.set()
        thread.join()

    assert waited


def test_a_lock_ends_with_its_process() -> None:
    """Another process holds the lock until it is gone, even when it is killed."""
    script = "from ssh_transport import files\nwith files.locked('a \\udcff'): print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        said = holder.stdout.readline() if holder.stdout else b""
        with pytest.raises(AlreadyRunning), files.locked("a \udcff"):
            pass
        holder.kill()
    with files.locked("a \udcff"):
        pass

    assert said == b"held\n"


@pytest.mark.parametrize("kind", ["below a file", "endless symlink"])
def test_a_path_that_cannot_be_is_an_error_of_ours(kind: str, tmp_path: Path) -> None:
    """`write` raises `LocalFileError` before it made anything, too."""
    place = tmp_path / "place"
    if kind == "below a file":
        place.touch()
    else:
        place.symlink_to("place")
    with pytest.raises(LocalFileError):
        files.write(place / "file" if kind == "below a file" else place, b"", mode=0o600)

    assert names(tmp_path) == ["place"]


def test_where_the_cache_cannot_be_written_locks_are_held_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A home may be read-only, and two runs must not meet even so."""
    (tmp_path / "file").touch()
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))

    with files.locked("a copy"), pytest.raises(AlreadyRunning), files.locked("a copy"):
        pass

    assert names(tmp_path / "run") == ["ssh-transport"]
    assert capsys.readouterr().err.count("can't be written: locks are in") == 1


def test_a_directory_for_locks_that_others_may_write_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a directory that is everybody's, somebody else may have made it."""
    (tmp_path / "file").touch()
    (tmp_path / f"ssh-transport-{os.getuid()}").mkdir()
    (tmp_path / f"ssh-transport-{os.getuid()}").chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with pytest.raises(LocalFileError, match="no directory for locks"), files.locked("a copy"):
        pass
