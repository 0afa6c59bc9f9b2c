"""An SFTP server that lies: nothing is written outside the target, and no success is claimed that is none."""

from __future__ import annotations

import stat
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.hostile_scenarios import PULLS, PUSHES
from tests.support.hostile_sftp import HONEST, HONEST_BYTES, REFUSED, THEIRS, WHOLE
from tests.support.person import Said
from tests.support.sshd import Sshd
from tests.support.trees import described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hostile_sftp import Scenario
    from tests.support.person import Person

SETTINGS = "transfer: {keepalive_s: 1, keepalive_misses: 1, connect_timeout_s: 5, attempts: 1}\n"
LONGEST_S = 100  # a million names on a busy machine
# Of addresses, which threads reserve and do not use: the most that may be in use is far less.
MOST_MEMORY_BYTES = 3_000_000_000
MOST_WORDS = 20_000
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A place that no copy has any business with."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "authorized_keys").write_text("mine\n")
    return place


@pytest.fixture
def hostile(request: pytest.FixtureRequest, tmp_path: Path, person: Person, outside: Path) -> Iterator[Sshd]:
    """A box whose SFTP server is the one of a scenario; the person calls it ``proj-1``."""
    (person.home / "fabric.yaml").write_text(SETTINGS)
    words = [
        *("env", f"PYTHONPATH={CHECKOUT}", sys.executable, "-S", "-m", "tests.support.hostile_sftp"),
        *(request.param, str(outside)),
    ]
    (tmp_path / "box").mkdir()
    with Sshd(tmp_path / "box", sftp_server=words) as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {server.host_key_line}\n")
        yield server


def make_honest(root: Path) -> Path:
    """Make what an honest server would have sent."""
    (root / "sub").mkdir(parents=True)
    (root / HONEST.decode()).write_bytes(bytes(range(250)) * (HONEST_BYTES // 250))
    (root / "sub" / "inner").write_text("inner")
    (root / "zebra").write_text("zebra")
    return root


def copies(person: Person, task: str, *words: str) -> Said:
    """Copy within bounds of memory and time; what is said is checked for what no terminal should be sent."""
    done = person.runs(
        *("fab", "-H", "proj-1", f"transfer.{task}", *words, "--engine=sftp"),
        limit_bytes=MOST_MEMORY_BYTES,
        timeout_s=LONGEST_S,
    )
    said = Said(
        done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape"), done.returncode
    )
    assert "Traceback" not in said.stderr
    assert said.exit_code not in {1, 70}, said.stderr
    assert said.exit_code >= 0
    assert not raw_controls(said.stdout + said.stderr)
    assert len(said.stdout + said.stderr) < MOST_WORDS
    return said


def raw_controls(text: str) -> set[str]:
    return {char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def everything(root: Path, *, but: tuple[Path, ...]) -> dict[str, tuple[object, ...]]:
    """Return what is below `root`, without times, which change with a neighbour, and without what is below `but`."""
    found = described(root)
    kept = {name: what for name, what in found.items() if not any((root / name).is_relative_to(path) for path in but)}
    return {name: (what[0], what[-1]) for name, what in kept.items()}


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def arrived(root: Path) -> list[Path]:
    """Return what has its final name, links not followed."""
    return [path for path in root.rglob("*") if "-partial" not in str(path.relative_to(root))]


def check_what_arrived(source: Path, target: Path) -> None:
    """Whatever has a final name is whole, of a kind that is copied, and runs with nobody else's rights."""
    for path in arrived(target):
        mode = path.lstat().st_mode
        assert stat.S_IFMT(mode) in {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}
        if stat.S_ISREG(mode):
            assert not mode & (stat.S_ISUID | stat.S_ISGID), path.name
            twin = source / path.relative_to(target)
            assert path.read_bytes() == (twin.read_bytes() if twin.is_file() else THEIRS), path.name


def check_claim(said: Said, scenario: Scenario, source: Path, target: Path) -> None:
    """An exit code of 0 is only for a copy that has all."""
    if scenario.ends == REFUSED:
        assert said.exit_code != 0
    if scenario.ends == WHOLE:
        assert said.exit_code == 0, said.stderr
        assert described(target) == described(source)
    if said.exit_code == 0:
        there = contents(target)
        wanted = contents(source)
        assert {name: there.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(("hostile", "scenario"), PULLS.items(), indirect=["hostile"], ids=PULLS)
def test_a_pull_from_a_server_that(scenario: Scenario, hostile: Sshd, person: Person, tmp_path: Path) -> None:
    """It stays below its target, says what is true, and ends."""
    source, target = make_honest(hostile.home / "ckpt"), person.home / "dl" / "ckpt"
    target.parent.mkdir()
    ours = (tmp_path / "box", target, person.home / ".cache", *partials(target.parent))
    before = everything(tmp_path, but=ours)

    said = copies(person, "pull", "--path=ckpt", "--to=dl/")

    assert everything(tmp_path, but=(*ours, *partials(target.parent))) == before
    check_what_arrived(source, target)
    check_claim(said, scenario, source, target)


@pytest.mark.parametrize(("hostile", "scenario"), PUSHES.items(), indirect=["hostile"], ids=PUSHES)
def test_a_push_to_a_server_that(scenario: Scenario, hostile: Sshd, person: Person, tmp_path: Path) -> None:
    """Nothing changes here, and what is claimed is there."""
    source, target = make_honest(person.home / "ckpt"), hostile.home / "got" / "ckpt"
    ours = (tmp_path / "box", person.home / ".cache")
    before = everything(tmp_path, but=ours)

    said = copies(person, "push", "--path=ckpt", "--to=got/")

    assert everything(tmp_path, but=ours) == before
    check_what_arrived(source, target)
    check_claim(said, scenario, source, target)


@pytest.mark.parametrize(
    "hostile", ["breaks a listing off", "ends in a listing", "lists fewer names than it counts"], indirect=True
)
def test_a_listing_that_is_not_whole_deletes_nothing(hostile: Sshd, person: Person) -> None:
    """What was not listed may still be there."""
    make_honest(hostile.home / "ckpt")
    mine = make_honest(person.home / "dl" / "ckpt") / "only here"
    mine.write_text("mine\n")

    said = copies(person, "pull", "--path=ckpt", "--to=dl/", "--delete")

    assert said.exit_code != 0
    assert mine.read_text() == "mine\n"
    assert (mine.parent / "zebra").read_text() == "zebra"


def partials(directory: Path) -> tuple[Path, ...]:
    """Return what a copy keeps beside its target to go on from."""
    return tuple(path for path in directory.iterdir() if "-partial" in path.name)
