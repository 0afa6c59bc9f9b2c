"""rsync is put on a box that lacks it by the platform's way, or it is said why not; nobody is asked anything."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import pytest

from demo.link import Link
from ssh_transport.box import Box, boxes, heartbeat, shell
from ssh_transport.box.carrier.over_paramiko import OverParamiko
from ssh_transport.errors import CommandFailed, LinkLost, PermissionRefused, ToolMissing
from ssh_transport.operations import install_rsync
from ssh_transport.operations.install_rsync import ensure_rsync
from ssh_transport.platforms import profiles
from tests.conftest import lets_in
from tests.support.processes import programs_of, until
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.person import Person, Said

TOOLS = ("sh", "env", "stat", "cat", "grep", "tr", "mkdir", "rm", "rmdir", "mktemp", "id", "ln", "sleep", "df", "cut")


@pytest.fixture
def bare(tmp_path: Path, person: Person) -> Iterator[Sshd]:
    """A box without rsync, whose PATH is a directory of its own."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for tool in TOOLS:
        (bin_ / tool).symlink_to(Path(shutil.which(tool) or tool))
    with Sshd(tmp_path / "box", path=str(bin_)) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
        yield server


@pytest.fixture
def way(person: Person, tmp_path: Path) -> Callable[[str], None]:
    """Give the person a profile of their own, whose way to install is a script; `RSYNC` puts a real one there."""
    bin_ = tmp_path / "bin"

    def give(script: str) -> None:
        profiles = person.home / ".config" / "ssh-transport" / "profiles"
        profiles.mkdir(parents=True, exist_ok=True)
        line = script.replace("RSYNC", f"ln -s {shutil.which('rsync')} {bin_}/rsync")
        (profiles / "generic.toml").write_text(f"[tools]\ninstall_rsync = '''{line}'''\n")

    return give


@pytest.fixture
def target(
    bare: Sshd, person: Person, way: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Box]]:
    """Make the box as a task gets it, inside this process, with a way to install; pauses are short."""
    monkeypatch.setenv("HOME", str(person.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(install_rsync, "_PAUSE_S", 0.01)
    made: list[Box] = []

    def make(script: str, **settings: Any) -> Box:
        way(script)
        profiles.all_profiles.cache_clear()
        (box,) = boxes(fabric.Connection("proj-1", config=fabric.Config(overrides=settings)))
        made.append(box)
        return box

    yield make
    for box in made:
        box.close()
    profiles.all_profiles.cache_clear()


def pulls(person: Person, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.pull", "--path=x", "--to=here/", *words)


def test_a_copy_goes_on_with_the_rsync_that_it_installed(
    bare: Sshd, person: Person, way: Callable[[str], None]
) -> None:
    """A dry run only says so; the next copy finds it there."""
    way('echo "$DEBIAN_FRONTEND $(cat)" >said; cat "$APT_CONFIG" >>said; sudo -n RSYNC')
    (bare.home / "x").write_text("x")

    dry = pulls(person, "--install-rsync", "--dry-run", "--json")
    untouched = not (bare.home / "said").exists()
    first = pulls(person, "--install-rsync", "--json")
    again = pulls(person, "--install-rsync", "--json")

    assert dry.json["engine"] == "sftp", dry.stderr
    assert "proj-1: rsync would be installed: " in dry.stderr
    assert untouched
    assert first.json["engine"] == again.json["engine"] == "rsync", first.stderr
    assert "proj-1: rsync 3." in first.stderr
    assert "is installed" not in again.stderr
    assert (person.home / "here" / "x").read_text() == "x"
    assert (bare.home / "said").read_text().splitlines()[:2] == ["noninteractive ", 'DPkg::Lock::Timeout "600";']
    assert not list(Path("/tmp").glob("tmp.*/apt.conf"))


def test_without_the_flag_nothing_is_installed(bare: Sshd, person: Person, way: Callable[[str], None]) -> None:
    """The flag is named, and SFTP does it."""
    way("RSYNC")
    (bare.home / "x").write_text("x")

    said = pulls(person, "--json")

    assert said.json["engine"] == "sftp", said.stderr
    assert "(--install-rsync puts it there)" in said.stderr


def test_a_mirror_that_fails_twice_is_no_failure(target: Callable[..., Box], bare: Sshd) -> None:
    """The third try works; once it is there, nothing is run any more."""
    box = target("echo try >>tries; if [ $(grep -c try tries) -lt 3 ]; then echo 'E: 503'; exit 100; fi; RSYNC")

    made, again = ensure_rsync(box), ensure_rsync(box)

    assert (made.made, again.made) == (True, False)
    assert made.state == again.state
    assert made.state.startswith("rsync ")
    assert (bare.home / "tries").read_text() == "try\n" * 3


def test_a_command_that_always_fails_reports_the_end_of_its_output(target: Callable[..., Box], bare: Sshd) -> None:
    """After three tries, with the way to do it by hand."""
    box = target(
        "echo try >>tries; for n in 1 2 3 4 5 6 7 8 9; do echo line $n; done; echo 'E: no such mirror' >&2; false"
    )

    with pytest.raises(CommandFailed) as caught:
        ensure_rsync(box)

    assert "line 3\n" in caught.value.cause
    assert "line 2\n" not in caught.value.cause
    assert caught.value.cause.endswith("E: no such mirror")
    assert caught.value.hint.startswith("by hand: ssh -t proj-1 ")
    assert (bare.home / "tries").read_text() == "try\n" * 3


def test_a_missing_package_manager_is_not_tried_again(target: Callable[..., Box], bare: Sshd) -> None:
    """Exit code 127 means the same a second time."""
    box = target("echo try >>tries; no-such-manager install rsync")

    with pytest.raises(CommandFailed, match="exit code 127"):
        ensure_rsync(box)

    assert (bare.home / "tries").read_text() == "try\n"


def test_an_installation_without_an_rsync_is_reported(target: Callable[..., Box]) -> None:
    """Success is what a probe finds, not what a package manager says."""
    with pytest.raises(ToolMissing, match="no usable rsync"):
        ensure_rsync(target(":"))


def test_a_platform_without_a_command_is_reported(target: Callable[..., Box]) -> None:
    """Where the way is said is named."""
    with pytest.raises(ToolMissing, match="the profile `generic` has no command") as caught:
        ensure_rsync(target(""))

    assert "`install_rsync`" in caught.value.hint


@pytest.mark.parametrize(
    ("sudo", "allowed"),
    [
        ("", False),
        ("echo 'sudo: a password is required' >&2; exit 1", False),
        ('shift; echo "$1" >>ran; "$@"', True),
    ],
    ids=["no sudo", "a password", "sudo"],
)
def test_who_is_not_root_needs_a_sudo_that_asks_nothing(
    sudo: str, target: Callable[..., Box], bare: Sshd, tmp_path: Path, *, allowed: bool
) -> None:
    """Else it is said before anything is run."""
    (tmp_path / "bin" / "id").unlink()
    (tmp_path / "bin" / "id").write_text("#!/bin/sh\necho 1000\n")
    if sudo:
        (tmp_path / "bin" / "sudo").write_text(f"#!/bin/sh\n{sudo}\n")
        (tmp_path / "bin" / "sudo").chmod(0o755)
    (tmp_path / "bin" / "id").chmod(0o755)
    box = target("RSYNC")

    if allowed:
        assert ensure_rsync(box).made
        assert (bare.home / "ran").read_text() == "true\nsh\n"
    else:
        with pytest.raises(PermissionRefused, match="may not install rsync") as caught:
            ensure_rsync(box)
        assert "sudo" in caught.value.cause
        assert not (tmp_path / "bin" / "rsync").exists()


@pytest.fixture
def link(target: Callable[..., Box], bare: Sshd, person: Person) -> Iterator[Link]:
    """A way to the box that can fall silent."""
    with Link(bare.port) as between:
        config = person.ssh / "config"
        config.write_text(config.read_text().replace(f"Port {bare.port}\n", f"Port {between.port}\n"))
        yield between


PATIENCE = {"transfer": {"keepalive_s": 1, "keepalive_misses": 1}}


def test_a_link_that_dies_during_the_installation_is_noticed(
    link: Link, target: Callable[..., Box], bare: Sshd
) -> None:
    """Within the silence that is borne, not within the hour that an installation may take."""
    box = target("sleep 60", **PATIENCE)
    shell.run(box, ":")
    dead_s: list[float] = []

    def dies() -> None:
        until(lambda: b"sleep\x0060\x00" in programs_of(bare.home).values())
        link.silence()
        dead_s.append(time.monotonic())

    dying = threading.Thread(target=dies)
    dying.start()
    with pytest.raises(LinkLost):
        ensure_rsync(box)
    dying.join()

    assert time.monotonic() - dead_s[0] < 15


@pytest.mark.usefixtures("link")
def test_a_box_that_works_without_a_word_is_waited_for(target: Callable[..., Box]) -> None:
    """Longer than the silence that a dead link would be given."""
    box = target("sleep 4; RSYNC", **PATIENCE)

    assert ensure_rsync(box).made


def test_what_listens_ends_with_what_it_guards(target: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is left alone afterwards; where `ssh` carries it, that one listens."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    box = target("RSYNC")
    shell.run(box, ":")
    monkeypatch.setattr(OverParamiko, "answers", lambda _: False)
    with heartbeat.listening(box, 0.2):
        pass
    shell.run(box, "sleep 1")

    with pytest.raises(LinkLost), heartbeat.listening(box, 0.2):
        shell.run(box, "sleep 5")


def test_nothing_is_ever_installed_here(bare: Sshd, person: Person, tmp_path: Path, way: Callable[[str], None]) -> None:
    """What is missing on this machine is said, and the box is left as it is."""
    way("RSYNC")
    (bare.home / "x").write_text("x")
    (tmp_path / "mine").mkdir()
    for tool in ("sh", "env", "ssh"):
        (tmp_path / "mine" / tool).symlink_to(Path(shutil.which(tool) or tool))

    said = person.types(
        "fab", "-H", "proj-1", "transfer.pull", "--path=x", "--install-rsync", env={"PATH": str(tmp_path / "mine")}
    )

    assert said.exit_code == 0, said.stderr
    assert "no rsync on this machine; the slower SFTP engine is used (install it here: " in said.stderr
    assert not (tmp_path / "bin" / "rsync").exists()
    assert os.listdir(person.home / "proj-1") == ["x"]  # noqa: PTH208 - the bare names
