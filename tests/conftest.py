"""What every test may use: a person with a HOME of their own, and a real box that lets their key in."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .support import forked
from .support.examples import load_profiles
from .support.person import Person
from .support.sshd import Sshd
from .support.surroundings import forget_the_developers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


# What `nohup` or a shell's `&` lets us ignore, our programs would ignore as well.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

forget_the_developers()
load_profiles()

# What is collected stays to the end: to look through all of it again and again takes a fifth of the time.
gc.disable()

# To compile the catalogue of secrets takes seconds: once for all homes.
RULES = Path(tempfile.gettempdir(), f"ssh-transport-rules-{os.getuid()}")
RULES.mkdir(mode=0o700, exist_ok=True)
os.environ["KF_RULE_CACHE_DIR"] = str(RULES)

NUMBERS = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that skips has failed: nothing is missing here")
    parser.addoption("--mounts", choices=["only", "none"], help="only tests that need a mount, or none of them")
    parser.addoption("--no-forks", action="store_true", help="start every program anew, which takes a while")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the workers fork from one: to import everything takes two seconds."""
    node.workerinput["zygote"] = forked.start()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        forked.use(config.workerinput["zygote"])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module in vain: most have no test that needs a mount."""
    is_asked = config.getoption("mounts") == "only" and collection_path.match("test_*.py")
    return (is_asked and "mark.mounts" not in collection_path.read_text(encoding="utf-8")) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("mounts")
    left = [item for item in items if wanted and bool(item.get_closest_marker("mounts")) != (wanted == "only")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish() -> None:
    """Let cycles be looked for in what tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("no_skips"):
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def _nobodys_home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Keep what runs inside the tests' own process out of the real home.

    It is another one for each test. Most need no directory of their own, and to make one takes as long as they do.
    """
    if "tmp_path" in request.fixturenames:
        home = request.getfixturevalue("tmp_path") / "nobody"
    else:
        home = tmp_path_factory.getbasetemp() / f"nobody-{next(NUMBERS)}"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def person(tmp_path: Path, request: pytest.FixtureRequest) -> Person:
    return Person(tmp_path / "you", forks=not request.config.getoption("no_forks"))


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "box").mkdir()
    with Sshd(tmp_path / "box") as server:
        yield server


@pytest.fixture
def box(person: Person, sshd: Sshd) -> Sshd:
    """A box that the person knows as ``proj-1``, has met before, and whose door their key opens."""
    lets_in(sshd, person)
    person.adds_alias("proj-1", sshd.port, sshd.user)
    (person.ssh / "known_hosts").write_text(f"proj-1 {sshd.host_key_line}\n")
    return sshd


@pytest.fixture(params=["rsync", "sftp"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment in which a copy uses the engine: for SFTP, one without a local rsync."""
    if request.param == "rsync":
        return {}
    (tmp_path / "bin").mkdir()
    for tool in ("ssh", "sh", "env"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    return {"PATH": str(tmp_path / "bin")}


def lets_in(server: Sshd, person: Person) -> None:
    authorized_keys = server.home / ".ssh" / "authorized_keys"
    authorized_keys.parent.mkdir(mode=0o700, exist_ok=True)
    authorized_keys.write_text(person.makes_key() + "\n")
    authorized_keys.chmod(0o600)
