"""A home is no copy of anything: a pull guards the one here as a push guards the one there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.support.copying import SETTINGS, held, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

REFUSED = 7


@pytest.fixture(params=["rsync", "sftp"])
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def checkpoint(box: Sshd, person: Person) -> Path:
    """A directory on the box that everybody may write to."""
    (person.home / "fabric.yaml").write_text(SETTINGS)
    write(box.home / "ck" / "model")
    (box.home / "ck").chmod(0o777)
    return box.home / "ck"


def pulls(person: Person, by: str, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", f"--engine={by}", *words)


def kept(root: Path) -> dict[bytes, bytes | str | None]:
    """Return what a person has, without what our programs write for themselves."""
    ours = (b".cache", b".ssh/known_hosts", b"__pycache__")
    return {name: content for name, content in held(root).items() if not name.startswith(ours)}


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize("to", ["~", "{home}/", ".", "sub/..", "link"])
def test_a_pull_with_delete_onto_the_home_is_refused(person: Person, by: str, to: str) -> None:
    """By every spelling of it; the private key was in it."""
    (person.home / "sub").mkdir()
    (person.home / "link").symlink_to(person.home)
    write(person.home / "thesis.tex")
    before, mode = kept(person.home), person.home.stat().st_mode

    said = pulls(person, by, f"--to={to.format(home=person.home)}", "--delete")

    gone = before.keys() - kept(person.home).keys()
    assert not gone, f"exit {said.exit_code}, and gone are {sorted(gone)[:5]}"
    assert said.exit_code == REFUSED, said.stderr
    assert kept(person.home) == before
    assert person.home.stat().st_mode == mode


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize("to", [".ssh", "~/.ssh/"])
def test_a_pull_onto_the_ssh_directory_is_refused(person: Person, by: str, to: str) -> None:
    before, mode = kept(person.home), person.ssh.stat().st_mode

    said = pulls(person, by, f"--to={to}", "--delete")

    gone = before.keys() - kept(person.home).keys()
    assert not gone, f"exit {said.exit_code}, and gone are {sorted(gone)[:5]}"
    assert said.exit_code == REFUSED, said.stderr
    assert person.ssh.stat().st_mode == mode


@pytest.mark.usefixtures("checkpoint")
def test_a_number_of_deletions_lets_nothing_onto_a_home(person: Person, by: str) -> None:
    before = kept(person.home)

    said = pulls(person, by, "--to=~", "--delete", "--max-delete=1000")

    assert said.exit_code == REFUSED, said.stderr
    assert kept(person.home) == before


@pytest.mark.usefixtures("checkpoint")
def test_a_pull_onto_the_home_leaves_its_mode(person: Person, by: str) -> None:
    """Refused or not: sshd lets nobody in whose home others may write."""
    person.home.chmod(0o700)

    said = pulls(person, by, "--to=~")

    assert said.exit_code in {0, REFUSED}, said.stderr
    assert f"{stat.S_IMODE(person.home.stat().st_mode):o}" == "700"


def test_a_directory_in_the_home_is_deleted_in_all_the_same(person: Person, by: str, checkpoint: Path) -> None:
    """What counts is where it lands, not where that is."""
    write(checkpoint / "other")
    for name in ("model", "other", "only there"):
        write(person.home / "dl" / name)

    said = pulls(person, by, "--to=~/dl", "--delete")

    assert said.exit_code == 0, said.stderr
    assert held(person.home / "dl").keys() == {b"model", b"other"}
