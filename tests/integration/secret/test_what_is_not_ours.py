"""What nobody pushed stays, and what stays is told."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport.errors import Guarded, UsageError
from ssh_transport.secret import inventory, register
from ssh_transport.secret.destination import destination_for, export_line
from ssh_transport.secret.forget import forget, forget_all
from tests.support.pushing import names, pushes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd

GIT = "https://alice:tokA@github.com\nhttps://u:p@github.com/org/private\nhttp://x:y@github.com\n"
NETRC = "machine api.wandb.ai login alice password A1\nmachine api.wandb.ai\n login user\n password old\n"


class Way(NamedTuple):
    """A file with other logins: what is told, and what is there once they are replaced."""

    name: str
    file: str
    before: str
    lines: str
    after: str


@pytest.mark.parametrize(
    "case",
    [
        Way("github", ".git-credentials", GIT, "1, 2", "https://x-access-token:n3w@github.com\n"),
        Way("wandb", ".netrc", NETRC, "1", "machine api.wandb.ai\n  login user\n  password n3w\n"),
    ],
)
def test_a_login_that_would_be_read_in_place_of_ours_is_told_by_its_line_and_stays(
    case: Way, there: Box, box: Sshd
) -> None:
    """A hint says the way, and no word of the file is shown: a login may itself be a token."""
    (box.home / case.file).write_text(case.before)

    with pytest.raises(Guarded, match=f"another login of `[a-z.]+` would be used.*\\n.*line {case.lines}\n") as caught:
        pushes(there, case.name, "n3w")

    assert "--replace" in caught.value.hint
    assert "alice" not in str(caught.value)
    assert (box.home / case.file).read_text() == case.before
    assert pushes(there, case.name, "n3w", replace=True).made
    assert (box.home / case.file).read_text() == case.after
    assert not pushes(there, case.name, "n3w").made


def test_a_login_behind_ours_is_in_nobodys_way(there: Box, box: Sshd) -> None:
    pushes(there, "github", "old")
    with (box.home / ".git-credentials").open("a") as file:
        file.write(GIT)

    pushes(there, "github", "n3w")

    assert (box.home / ".git-credentials").read_text() == f"https://x-access-token:n3w@github.com\n{GIT}"
    line = export_line(register.destination_of(there, "github"))
    script, environment = f"{line}; echo $GITHUB_TOKEN", {"HOME": str(box.home), "PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "n3w\n"


def test_a_machine_of_ones_own_has_the_login_of_its_source(there: Box, box: Sshd) -> None:
    """Which is known later, and by others: of two logins the right one is forgotten."""
    pushes(there, "corp", "b0b", machine="corp.git", login="bob")
    alice = "machine corp.git login alice password 4l1ce\n"
    (box.home / ".netrc").write_text((box.home / ".netrc").read_text() + alice)

    assert register.destination_of(there, "corp").login == "bob"
    with pytest.raises(Guarded, match=r"~/\.netrc \(corp\.git\) stays"):
        forget(there, "corp")
    assert (box.home / ".netrc").read_text() == alice
    assert forget(there, "corp", replace=True).made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_a_login_that_was_replaced_by_another_of_ours_is_no_strangers(there: Box, box: Sshd) -> None:
    pushes(there, "corp", "0ld", machine="corp.git", login="al")
    pushes(there, "corp", "n3w", machine="corp.git", login="al2", replace=True)

    assert forget(there, "corp", dry_run=True).made
    assert forget(there, "corp").made
    assert not forget(there, "corp").made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_an_entry_for_all_machines_and_a_line_that_git_can_not_use_are_secrets_too(there: Box, box: Sshd) -> None:
    """Of a line with a bare `@` in its password, nothing of it is shown."""
    (box.home / ".netrc").write_text("machine a.corp login x password y\ndefault login bob password RealPassw0rd\n")
    (box.home / ".git-credentials").write_text("https://bob:p@ssW0rd@git.corp\n")

    assert {one.name for one in inventory.inventory(there)} == {"a.corp", "default", "git.corp"}
    assert forget(there, "default").made
    assert (box.home / ".netrc").read_text() == "machine a.corp login x password y\n"
    assert forget_all(there).made
    assert names(box.home) == {".ssh/authorized_keys"}


def hand_made(home: Path) -> Path:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id=x\n[prod]\naws_access_key_id=y\n")
    return home / ".aws" / "credentials"


def private_key(home: Path) -> Path:
    (home / ".mine_key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nxxx\n")
    return home / ".mine_key"


@pytest.mark.parametrize(("name", "make"), [("aws", hand_made), ("mine", private_key)])
def test_a_file_that_nobody_pushed_is_not_forgotten(
    name: str, make: Callable[[Path], Path], there: Box, box: Sshd
) -> None:
    """Until a person says that nobody needs it."""
    file = make(box.home)
    before = file.read_text()
    for dry in (True, False):
        with pytest.raises(Guarded, match="it is no secret that was pushed") as caught:
            forget(there, name, dry_run=dry)
        assert caught.value.hint.endswith(f"ssh-transport -H proj-1 secrets.forget {name} --replace")
    assert file.read_text() == before

    assert forget(there, name, replace=True).made
    assert not file.exists()


def test_what_took_the_place_of_a_secret_is_no_secret(there: Box, box: Sshd, person: Person) -> None:
    """Neither for a push nor to be forgotten; and a file that was pushed whole is one."""
    pushes(there, "mine", to="~/proj/token")
    (box.home / "proj" / "token").write_text("my tokenizer data\n" * 100)

    with pytest.raises(Guarded):
        pushes(there, "mine", to="~/proj/token")
    with pytest.raises(Guarded):
        forget(there, "mine")

    assert (box.home / "proj" / "token").read_text() == "my tokenizer data\n" * 100
    (person.home / "whole").write_text("several\nlines\n")
    words = ("inv", "secrets.push", "mine", "--file=whole", "--whole", "--to=proj/token", "--on=proj-1")
    assert person.types(*words).exit_code == 7
    assert person.types(*words, "--replace").exit_code == 0
    assert person.types(*words).exit_code == 0
    assert forget(there, "mine").made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_the_others_are_forgotten_and_what_stays_is_named(there: Box, box: Sshd, person: Person) -> None:
    hand_made(box.home)
    private_key(box.home)
    pushes(there, "other")

    said = person.types("inv", "secrets.forget", "--all", "--on=proj-1")

    assert said.exit_code == 7
    assert "proj-1: forgot 1 secret: other\n" in said.stderr
    assert "~/.aws/credentials stays" in said.stderr
    assert "~/.mine_key stays" in said.stderr
    assert names(box.home) == {".aws/credentials", ".mine_key", ".ssh/authorized_keys"}
    assert person.types("inv", "secrets.forget", "--all", "--replace", "--on=proj-1").exit_code == 0
    assert names(box.home) == {".ssh/authorized_keys"}


@pytest.mark.parametrize(("name", "file"), [("mine", ".mine_key"), ("wandb", ".netrc")])
def test_a_file_with_another_name_is_not_overwritten(
    name: str, file: str, there: Box, box: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    pushes(there, name)
    os.link(box.home / file, box.home / "important.txt")
    before = (box.home / "important.txt").read_text()

    assert forget(there, name).made

    assert (box.home / "important.txt").read_text() == before
    assert names(box.home) == {"important.txt", ".ssh/authorized_keys"}
    assert "has another name (a hard link)" in capsys.readouterr().err


def test_of_a_link_the_link_goes_and_what_was_written_through_it(
    there: Box, box: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    (box.home / "team").mkdir()
    (box.home / "team" / "shared").write_text("team-token\n")
    (box.home / ".mine_key").symlink_to("team/shared")

    assert forget(there, "mine").made

    assert names(box.home) == {"team/shared", ".ssh/authorized_keys"}
    assert "was a link" in capsys.readouterr().err
    assert (box.home / "team" / "shared").read_text() == "team-token\n"
    (box.home / ".mine_key").symlink_to("team/shared")
    pushes(there, "mine", "ours")
    assert (box.home / "team" / "shared").read_text() == "ours\n"
    assert register.destination_of(there, "mine") == destination_for("mine")
    assert forget(there, "mine").made
    assert not (box.home / ".mine_key").is_symlink()
    assert names(box.home) == {".ssh/authorized_keys"}


def test_what_the_list_names_is_what_can_be_forgotten(there: Box, box: Sshd) -> None:
    """A machine by its name, however odd."""
    odd = 'machine ftp.corp login x password y\nmachine "my odd\\\\machine" login x password y\n'
    odd += "machine n\udcfft password z\n"
    (box.home / ".netrc").write_text(odd, encoding="utf-8", errors="surrogateescape")
    (box.home / ".git-credentials").write_text("https://u:p@zz.corp:8443\nhttps://a:b@bitbucket.org\n")
    (box.home / ".huggingface_key").write_text("one\n")
    found = inventory.inventory(there)
    assert {one.name for one in found} == {
        "bitbucket.org", "ftp.corp", "huggingface", "my odd\\machine", "n\udcfft", "zz.corp:8443"
    }  # fmt: skip

    for name in ("ftp.corp", "bitbucket.org", "zz.corp:8443", "huggingface"):
        assert forget(there, name, dry_run=True).made
        assert forget(there, name).made
    with pytest.raises(UsageError, match="no name for a secret"):
        forget(there, "zz.corp:8443")
    assert len(forget_all(there).state.split(", ")) == 2
    assert names(box.home) == {".ssh/authorized_keys"}


def test_more_than_are_listed_are_forgotten_nevertheless(
    there: Box, box: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(inventory.LIMIT_FILES + 3):
        (box.home / f".n{number:03d}_key").write_text("abc\n")

    assert len(inventory.inventory(there)) == inventory.LIMIT_FILES
    assert "more than 200" in capsys.readouterr().err
    assert forget_all(there).made
    assert names(box.home) == {".ssh/authorized_keys"}
