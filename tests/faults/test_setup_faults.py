"""Faults before the first byte of a file: between the login and the copy a link can break or fall silent as well."""

from __future__ import annotations

import os
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
import pytest

from demo.link import Link
from ssh_transport.box import round_trip, shell
from ssh_transport.transfer import choice
from ssh_transport.transfer.rsync import orphans
from ssh_transport.transfer.rsync.engine import Rsync
from ssh_transport.transfer.sftp import Sftp
from tasks import transfer
from tests.support.clock import on_this_machine
from tests.support.trees import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

LARGE_BYTES = 5_000_000
PATIENCE_S = 2
SETTINGS = {
    # Attempts are what is counted: a busy machine seems far, where connections heal.
    "transfer": {"keepalive_s": 1, "keepalive_misses": 1, "connect_timeout_s": PATIENCE_S, "streams": 1},
    "ssh_keys": {"login_timeout_s": PATIENCE_S},
}
STEPS: dict[str, tuple[Any, str]] = {
    "probe": (choice, "look"),
    "end of orphans": (orphans, "end_orphaned_rsync"),
    "plan": (Rsync, "plan"),
}


@pytest.fixture
def link(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """The way to the box, the person's files around this very process, and short patience."""
    monkeypatch.setenv("HOME", str(person.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.chdir(person.home)
    monkeypatch.setitem(shell.run.__kwdefaults__ or {}, "timeout_s", PATIENCE_S)
    monkeypatch.setattr(round_trip, "_DEADLINE_S", 1)
    with Link(box.port) as between:
        config = person.ssh / "config"
        config.write_text(config.read_text().replace(f"Port {box.port}\n", f"Port {between.port}\n"))
        yield between


@pytest.fixture
def without_rsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies go by SFTP."""
    (tmp_path / "bin").mkdir()
    for tool in ("ssh", "sh", "env"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def before_first(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, fault: Callable[[], None]) -> list[str]:
    """Let `fault` happen right before the first call of a function; the list that is returned says that it did."""
    real = getattr(place, name)
    happened: list[str] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        if not happened:
            happened.append(name)
            fault()
        return real(*args, **kwargs)

    monkeypatch.setattr(place, name, call)
    return happened


def pulled() -> Any:
    with fabric.Connection("proj-1", config=fabric.Config(overrides=SETTINGS)) as c:
        return transfer.pull(c, path="ckpt", to="there/")


def pushed() -> Any:
    with fabric.Connection("proj-1", config=fabric.Config(overrides=SETTINGS)) as c:
        return transfer.push(c, path="ckpt", to="there/")


def make(root: Path) -> Path:
    (root / "ckpt").mkdir()
    (root / "ckpt" / "large").write_bytes(os.urandom(LARGE_BYTES))
    (root / "ckpt" / "small").write_text("small")
    return root / "ckpt"


def after(link: Link, fault: Callable[[int], None], more_bytes: int) -> Callable[[], None]:
    """Return what plans a fault for the moment when so many more bytes have passed."""
    return lambda: fault(link.bytes_up + link.bytes_down + more_bytes)


@pytest.mark.parametrize("more_bytes", [0, 300, 600, 1000])
@pytest.mark.parametrize("step", ["probe", "end of orphans"])
def test_a_cut_before_the_copy_is_retried(
    step: str, more_bytes: int, *, link: Link, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same engine: a cut is no sign that the box runs no commands."""
    source = make(person.home)
    happened = before_first(monkeypatch, *STEPS[step], after(link, link.cut_at, more_bytes))

    result = pushed()

    assert happened
    assert result.engine == "rsync"
    assert described(source) == described(box.home / "there" / "ckpt")


@pytest.mark.parametrize("fault", [Link.cut_at, Link.silence_at], ids=["cut", "silence"])
def test_a_fault_while_rsync_plans_is_noticed_and_retried(
    fault: Callable[[Link, int], None], link: Link, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By byte 4000 of what `ssh` says it is about to ask for the list of files."""
    source = make(box.home)
    happened = before_first(monkeypatch, *STEPS["plan"], after(link, partial(fault, link), 4000))
    start = time.monotonic()

    result = pulled()

    assert happened
    assert (result.engine, result.attempts) == ("rsync", 2)
    assert described(source) == described(person.home / "there" / "ckpt")
    assert time.monotonic() - start < on_this_machine(20)


@pytest.mark.parametrize("more_bytes", [0, 100, 300, 500])
@pytest.mark.parametrize("step", ["probe", "end of orphans"])
def test_silence_before_the_copy_is_noticed_and_retried(
    step: str, more_bytes: int, *, link: Link, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paramiko would wait for ever for a channel or for the answer to a request."""
    source = make(person.home)
    happened = before_first(monkeypatch, *STEPS[step], after(link, link.silence_at, more_bytes))
    start = time.monotonic()

    result = pushed()

    assert happened
    assert (result.engine, result.attempts) == ("rsync", 2)
    assert described(source) == described(box.home / "there" / "ckpt")
    assert time.monotonic() - start < on_this_machine(20)


@pytest.mark.parametrize("more_bytes", [0, 300, 700])
@pytest.mark.parametrize("fault", [Link.cut_at, Link.silence_at], ids=["cut", "silence"])
@pytest.mark.usefixtures("without_rsync")
def test_a_fault_while_sftp_plans_is_noticed_and_retried(
    fault: Callable[[Link, int], None],
    more_bytes: int,
    *,
    link: Link,
    box: Sshd,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening the subsystem and looking at both sides are no less part of a copy."""
    source = make(box.home)
    happened = before_first(monkeypatch, Sftp, "plan", after(link, partial(fault, link), more_bytes))
    start = time.monotonic()

    result = pulled()

    assert happened
    assert result.engine == "sftp"
    assert described(source) == described(person.home / "there" / "ckpt")
    assert time.monotonic() - start < on_this_machine(20)
