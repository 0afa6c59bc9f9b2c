"""Secrets on a real box: pushed once, private, and nothing else touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.box import EmbeddedBox
from ssh_transport.errors import Guarded, Incomplete, NoSpace, TaskError, ToolMissing
from ssh_transport.secret import scripts
from ssh_transport.secret.destination import default_destination, destination_for
from ssh_transport.secret.push import push
from ssh_transport.secret.value import Secret
from tests.support.filesystems import small
from tests.support.mounts import need_safe_places
from tests.support.pushing import OTHERS, VALUE, mode, names, pushes

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_a_secret_is_private_in_directories_that_are_and_a_second_push_changes_nothing(
    way: str, there: Box, box: Sshd
) -> None:
    first = pushes(there, "huggingface")
    target = box.home / ".cache" / "huggingface" / "token"
    before = target.stat()
    second = pushes(there, "huggingface")

    assert (first.made, second.made) == (True, False)
    assert target.read_text() == f"{VALUE}\n"
    assert (mode(target), mode(target.parent), mode(target.parent.parent)) == (0o600, 0o700, 0o700)
    assert target.stat() == before
    assert names(box.home) == {".cache/huggingface/token", ".ssh/authorized_keys"}
    assert pushes(there, "huggingface", "new").made
    assert target.read_text() == "new\n"


def test_a_stanza_is_merged_into_the_netrc_file_of_the_box(way: str, there: Box, box: Sshd) -> None:
    (box.home / ".netrc").write_text(OTHERS)
    (box.home / ".netrc").chmod(0o644)

    made = [
        pushes(there, "wandb", "a" * 40).made,
        pushes(there, "wandb", "b" * 40).made,
        pushes(there, "wandb", "b" * 40).made,
    ]

    stanza = f"machine api.wandb.ai\n  login user\n  password {'b' * 40}\n"
    assert made == [True, True, False]
    assert (box.home / ".netrc").read_text() == OTHERS + stanza
    assert mode(box.home / ".netrc") == 0o600
    assert names(box.home) == {".netrc", ".ssh/authorized_keys"}


def test_a_wide_mode_is_made_private_though_the_value_is_the_same(there: Box, box: Sshd) -> None:
    pushes(there, "mine")
    (box.home / ".mine_key").chmod(0o644)

    assert pushes(there, "mine").made
    assert mode(box.home / ".mine_key") == 0o600


def test_a_dry_run_says_what_would_be_and_makes_nothing(there: Box, box: Sshd) -> None:
    said = pushes(there, "mine", to="deep/er/key", dry_run=True)

    assert (str(said), said.made) == ("dry run: mine is in ~/deep/er/key", True)
    assert names(box.home) == {".ssh/authorized_keys"}


def test_what_a_killed_push_left_is_wiped_by_the_next(there: Box, box: Sshd) -> None:
    left = box.home / ".mine_key.x"
    left.write_text("another's")
    old = box.home / "..mine_key.secret-abcdefgh"
    old.write_text("half a sec")
    os.link(old, box.home / "seen")

    pushes(there, "mine")

    assert (box.home / "seen").read_bytes() == bytes(10)
    assert names(box.home) == {".mine_key", ".mine_key.x", "seen", ".ssh/authorized_keys"}


def test_a_link_to_a_private_file_stays_a_link(there: Box, box: Sshd) -> None:
    (box.home / "real").mkdir(mode=0o700)
    (box.home / "real" / "netrc").write_text(OTHERS)
    (box.home / ".netrc").symlink_to("real/netrc")

    pushes(there, "wandb", "a" * 40)

    assert (box.home / ".netrc").is_symlink()
    assert (box.home / "real" / "netrc").read_text().startswith(f"{OTHERS}machine api.wandb.ai\n")


def test_a_box_that_answers_nonsense_gets_nothing(there: Box, box: Sshd) -> None:
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nreadlink() { echo /etc; }\n", 1))
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "stat").write_text("#!/bin/sh\necho nonsense\n")
    (fakes / "stat").chmod(0o755)
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))

    with pytest.raises(ToolMissing, match="no `stat` that can be relied on"):
        pushes(there, "mine")
    assert names(box.home) == {".ssh/authorized_keys"}


def test_a_push_whose_link_breaks_leaves_nothing_half_sent(tmp_path: Path) -> None:
    """Nobody hears any more what its script says: SIGPIPE, before it can clean up."""
    place = default_destination("mine")
    with subprocess.Popen(
        ["sh", "-c", scripts.STORE, "sh", *place.arguments, str(tmp_path / ".mine_key"), "100", "nonce"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as script:
        assert script.stdin is not None
        assert script.stdout is not None
        assert script.stderr is not None
        script.stdout.close()
        script.stderr.close()
        script.stdin.write(b"half a secret")

    assert script.returncode != 0
    assert names(tmp_path) == set()


@pytest.mark.parametrize("awk", ["mawk", "gawk", "busybox"])
@pytest.mark.mounts
def test_a_full_disk_keeps_the_logins_of_others_with_every_awk(awk: str, there: Box, box: Sshd) -> None:
    need_safe_places()
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "awk").symlink_to(shutil.which(awk) or "/missing")
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))
    (box.home / ".netrc").symlink_to("small/netrc")
    with small(box.home / "small", options="size=64k,mode=700") as disk:
        full = OTHERS + "# \n" * 13000
        (disk / "netrc").write_text(full)
        with pytest.raises(TaskError):
            pushes(there, "wandb", "a" * 40)
        assert (disk / "netrc").read_text() == full
        assert names(disk) == {"netrc"}


@pytest.mark.mounts
def test_a_full_disk_keeps_the_old_value(way: str, there: Box, box: Sshd) -> None:
    need_safe_places()
    with small(box.home / "small", options="size=64k,mode=700") as disk:
        pushes(there, "mine", "old", to="~/small/key")
        (disk / "fill").write_bytes(bytes(48 << 10))
        place = destination_for("mine", "~/small/key")
        with pytest.raises(TaskError) as caught:
            push(there, place, Secret(b"x" * (32 << 10)))
        assert isinstance(caught.value, NoSpace | Incomplete)
        assert (disk / "key").read_text() == "old\n"
        assert names(disk) == {"key", "fill"}


def test_what_gives_a_person_no_shell_gets_no_secret(person: Person, tmp_path: Path) -> None:
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    with EmbeddedBox(home=tmp_path / "home", pty_required=True, at_terminal=("/bin/echo", "stopped")) as server:
        person.adds_alias("proj-1", server.port)
        said = person.types("inv", "secrets.push", "mine", "--on=proj-1", "--trust-new", stdin="c4n4ry\n")

    assert said.exit_code == 16
    assert "copy the direct TCP endpoint" in said.stderr
    assert not (tmp_path / "home" / ".mine_key").exists()


def test_a_chain_pushes_verifies_and_forgets(box: Sshd, person: Person) -> None:
    """One word after the other, as in a runbook; the source is a variable that later tasks do not inherit."""
    said = person.types(
        "fab",
        "-H",
        "proj-1",
        "secrets.push",
        "wandb",
        "--env=WANDB_API_KEY",
        "secrets.verify",
        "wandb",
        '--with=test "$WANDB_API_KEY" = c4n4ry',
        "secrets.env",
        "wandb",
        "secrets.list",
        "secrets.forget",
        "--all",
        "secrets.forget",
        "wandb",
        env={"WANDB_API_KEY": "c4n4ry"},
    )

    assert said.exit_code == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "wandb is in ~/.netrc (api.wandb.ai)"
    assert lines[1].startswith("wandb works")
    assert lines[2].startswith('export WANDB_API_KEY="$(python3 -c ')
    assert lines[3].startswith("name\twhere\t")
    assert lines[4].startswith("wandb\t~/.netrc (api.wandb.ai)\t0600\t")
    assert lines[-2:] == ["forgot 1 secret: wandb", "wandb is not on the box (no change)"]
    assert names(box.home) == {".ssh/authorized_keys"}


def test_words_that_make_no_sense_are_refused_before_a_box_is_asked(person: Person) -> None:
    person.adds_alias("proj-1", 9)
    words = (
        ["forget"],
        ["forget", "wandb", "--all"],
        ["push", "a/b"],
        ["verify", "mine"],
        ["push", "mine", "--env=NO"],
    )

    codes = [person.types("fab", "-H", "proj-1", f"secrets.{task}", *more).exit_code for task, *more in words]

    assert codes == [2, 2, 2, 2, 2]


def test_nothing_is_sent_to_a_place_that_others_can_write(there: Box, box: Sshd) -> None:
    (box.home / "open").mkdir()
    (box.home / "open").chmod(0o777)
    with pytest.raises(Guarded, match="may be written by others"):
        pushes(there, "mine", to="~/open/deep/key")
    assert names(box.home) == {".ssh/authorized_keys"}
