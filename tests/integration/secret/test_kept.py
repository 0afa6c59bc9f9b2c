"""Secrets on a box: where they are, how a launcher gets them, and that they are gone when forgotten."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import boxes
from ssh_transport.secret import inventory, known, push, register
from ssh_transport.secret.destination import Destination, default_destination, destination_for, export_line
from ssh_transport.secret.forget import forget, forget_all
from ssh_transport.secret.verify import verify
from tests.support.pushing import OTHERS, VALUE, mode, names, pushes

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_where_a_secret_was_put_is_known_to_every_later_task(there: Box, box: Sshd) -> None:
    pushes(there, "mine", to="~/deep/er/key")
    assert register.destination_of(there, "mine") == Destination("mine", "file", "~/deep/er/key")
    assert (
        verify(there, "mine", f"test \"$MINE_API_KEY\" = '{VALUE}'".replace(VALUE, VALUE.replace("'", "'\\''"))).outcome
        == "works"
    )
    assert export_line(register.destination_of(there, "mine")) == 'export MINE_API_KEY="$(cat ~/deep/er/key)"'

    pushes(there, "mine")
    assert register.destination_of(there, "mine") == default_destination("mine")
    assert forget(there, "mine").made
    assert names(box.home) == {".ssh/authorized_keys"}


@pytest.mark.parametrize(
    ("name", "path", "content"),
    [
        ("mine", "train.py", "import torch\n"),
        ("mine", "sub/.bashrc", "export A=b\nexport C=d"),
        ("huggingface", ".cache/huggingface/token", "one\ntwo\n"),
    ],
)
def test_a_file_that_is_no_secret_of_ours_stays(name: str, path: str, content: str, box: Sshd, person: Person) -> None:
    """Until a person says that nobody needs it; what was pushed is replaced as ever."""
    before = names(box.home)
    (box.home / path).parent.mkdir(parents=True, exist_ok=True)
    (box.home / path).write_text(content)
    to = "" if name != "mine" else path
    words = ("inv", "secrets.push", name, *([f"--to={to}"] if to else []), "--on=proj-1")

    for dry in ([], ["--dry-run"]):
        said = person.types(*words, *dry, stdin=f"{VALUE}\n")
        assert said.exit_code == 7
        assert "is there, and no secret that was pushed; nothing was sent" in said.stderr
    assert (box.home / path).read_text() == content
    assert names(box.home) == {*before, path}

    assert person.types(*words, "--replace", stdin=f"{VALUE}\n").exit_code == 0
    assert (box.home / path).read_text() == f"{VALUE}\n"
    assert person.types(*words, stdin="another\n").exit_code == 0
    assert (box.home / path).read_text() == "another\n"
    if to:
        same = ("inv", "secrets.push", name, f"--to={box.home}/./{path}", "--on=proj-1")
        assert person.types(*same, stdin="once more\n").exit_code == 0
        other = person.types("inv", "secrets.push", "other", f"--to={to}", "--on=proj-1", stdin="of another\n")
        assert other.exit_code == 7
        assert (box.home / path).read_text() == "once more\n"


def test_a_file_of_several_values_is_sent_whole_or_not(there: Box, box: Sshd, person: Person) -> None:
    said = person.types("inv", "secrets.push", "aws", "--on=proj-1", stdin="c4n4ry\n")
    assert said.exit_code == 2
    assert "--file=~/.aws/credentials --whole" in said.stderr
    assert names(box.home) == {".ssh/authorized_keys"}

    (box.home / ".aws").mkdir()
    (box.home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = first")
    # Without a newline at its end, and there already when it is pushed first.
    for key in ("first", "second", "third"):
        whole = f"[default]\naws_access_key_id = {key}"
        (person.home / "credentials").write_text(whole)
        pushed = person.types("inv", "secrets.push", "aws", "--file=credentials", "--whole", "--on=proj-1")
        assert pushed.exit_code == 0, pushed.stderr
        assert (box.home / ".aws" / "credentials").read_text() == whole
    assert [(one.name, one.path) for one in inventory.listing(there).stored] == [("aws", "~/.aws/credentials")]
    assert forget_all(there).made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_two_runs_at_once_lose_no_line_of_the_register(there: Box, box: Sshd) -> None:
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "awk").write_text(f'#!/bin/sh\n{shutil.which("awk")} "$@"; sleep 0.2\n')
    (fakes / "awk").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))
    places = [destination_for(f"mine{number}", "~/deep/key") for number in range(4)]
    register.set_current(there, places[0])
    others = [there.another() for _ in places]
    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        list(pool.map(register.set_current, map(stack.enter_context, others), places))

    assert set(register.read(there)) == set(places)


@pytest.mark.parametrize("to", ["", "~/deep/er/key"])
def test_what_a_cut_push_left_is_listed_and_forgotten(to: str, there: Box, box: Sshd) -> None:
    place = destination_for("mine", to)
    register.add(there, place)
    left = box.home / place.path[2:]
    left = left.with_name(f".{left.name}.secret-abcdefgh")
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("half a sec")

    (found,) = inventory.listing(there).stored
    assert (found.name, found.path) == ("mine", f"~/{left.relative_to(box.home)}")
    assert "it is left over from an interrupted push" in found.warnings[-1] + found.warnings[0]
    assert forget_all(there).made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_the_rest_of_a_password_is_no_name(there: Box, box: Sshd) -> None:
    (box.home / ".git-credentials").write_text("https://me:first@c4n4ry@github.com\nhttps://me:x@gitlab.com\n")

    assert [one.entry for one in inventory.inventory(there)] == ["github.com", "gitlab.com"]


def test_a_link_that_looks_like_ours_is_removed_and_its_target_stays(there: Box, box: Sshd) -> None:
    (box.home / "..mine_key.secret-abcdefgh").symlink_to(".ssh/authorized_keys")
    before = (box.home / ".ssh" / "authorized_keys").read_text()

    pushes(there, "mine")

    assert names(box.home) == {".mine_key", ".ssh/authorized_keys"}
    assert (box.home / ".ssh" / "authorized_keys").read_text() == before


def test_a_register_that_was_tampered_with_names_no_place(there: Box, box: Sshd) -> None:
    file = box.home / ".config" / "ssh-transport" / "secrets"
    file.parent.mkdir(parents=True)
    file.write_text(
        "mine\tfile\t../../etc/x\n\x1b[2J\tfile\t~/a\nok\tfile\t~/a\nbad\tgit\t~/a\tmore\nx\n" + "y\tfile\t~/b\n" * 5000
    )

    assert {place.name for place in register.read(there)} == {"ok", "y"}


@pytest.mark.parametrize("name", ["mine", "wandb", "github"])
def test_the_line_for_a_launcher_gives_it_the_value(name: str, there: Box, box: Sshd) -> None:
    value = "t0ken-value" if name == "github" else "t0k en'\"v\\alue"
    pushes(there, name, value)

    line = export_line(register.destination_of(there, name))
    script = f"{line}\nprintenv {known.known(name).variable}"
    environment = {"HOME": str(box.home), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == f"{value}\n"
    assert value not in line


def test_the_list_says_where_and_what_is_wrong_but_no_value(there: Box, box: Sshd) -> None:
    for name, to in (("mine", ""), ("wandb", ""), ("github", ""), ("far", "~/a b/key")):
        pushes(there, name, "c4n4ry", to)
    (box.home / ".wide_key").write_text("c4n4ry\n")
    (box.home / ".wide_key").chmod(0o644)
    os.utime(box.home / ".wide_key", (1, 1))
    (box.home / ".\x1b[2J_key").write_text("c4n4ry\n")

    (box.home / ".bash_history").write_text("ls\nexport HF_TOKEN=hf_aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6\n")

    found = inventory.listing(there)

    by_name = {one.name: one for one in found.stored}
    assert set(by_name) == {"mine", "wandb", "github", "far", "wide"}
    assert (by_name["far"].path, by_name["wandb"].entry) == ("~/a b/key", "api.wandb.ai")
    assert by_name["wide"].mode == "0644"
    assert "chmod 600" in by_name["wide"].warnings[0]
    assert by_name["wide"].age_days > 10_000 > by_name["mine"].age_days == 0
    assert by_name["mine"].warnings == ()
    # The box is this machine, with the disks that other tests mount.
    assert [one.line for one in found.leaked_secrets if one.path.startswith(f"{box.home}/")] == [2]
    assert f"{box.home}/.bash_history:2: " in str(found)
    assert "c4n4ry" not in str(found)
    assert "aB3dE6" not in str(found)


def test_a_forgotten_secret_is_overwritten_gone_and_gone_the_second_time(there: Box, box: Sshd) -> None:
    pushes(there, "mine")

    with (box.home / ".mine_key").open("rb") as old:
        said = forget(there, "mine", dry_run=True)
        assert (str(said), said.made) == ("dry run: mine is in ~/.mine_key, and would be removed", True)
        assert (box.home / ".mine_key").exists()
        assert str(forget(there, "mine")) == "mine is not on the box"
        assert str(forget(there, "mine")) == "mine is not on the box (no change)"
        assert str(forget(there, "mine", dry_run=True)) == "dry run: mine is not on the box (no change)"
        assert set(old.read()) == {0}
    assert names(box.home) == {".ssh/authorized_keys"}


def test_one_stanza_is_forgotten_the_others_stay_and_the_old_file_is_overwritten(there: Box, box: Sshd) -> None:
    (box.home / ".netrc").write_text(OTHERS)
    pushes(there, "wandb", "c4n4ry")

    with (box.home / ".netrc").open("rb") as old:
        assert forget(there, "wandb").made
        assert not forget(there, "wandb").made
        assert set(old.read()) == {0}

    assert (box.home / ".netrc").read_text() == OTHERS
    assert mode(box.home / ".netrc") == 0o600


def test_everything_is_forgotten_at_once(there: Box, box: Sshd) -> None:
    for name, to in (("mine", ""), ("wandb", ""), ("github", ""), ("far", "~/deep/key"), ("huggingface", "")):
        pushes(there, name, "c4n4ry", to)

    assert forget_all(there, dry_run=True).made
    assert len(inventory.inventory(there)) == 5
    assert forget_all(there).made
    assert not forget_all(there).made

    assert names(box.home) == {".ssh/authorized_keys"}


@pytest.mark.parametrize("name", ["mine", "wandb"])
def test_pushes_from_several_machines_at_once_all_arrive(
    name: str, there: Box, box: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a value of its own; no lock on this machine keeps one from the other."""
    monkeypatch.setattr(push.files, "locked", lambda *_, **__: contextlib.nullcontext())
    values = [str(number) * 40 for number in range(1, 4)]

    def one(value: str) -> bool:
        with boxes(Context(Config(lazy=True)), "proj-1")[0] as another:
            return pushes(another, name, value).made

    with ThreadPoolExecutor() as pool:
        made = list(pool.map(one, values))

    assert made == [True, True, True]
    (file,) = [path for path in box.home.iterdir() if path.name in {".mine_key", ".netrc"}]
    assert [value for value in values if value in file.read_text()]
    assert not [path for path in box.home.iterdir() if "secret-" in path.name]


def test_the_lock_of_a_push_that_was_cut_off_holds_nobody_up_for_long(there: Box, box: Sshd) -> None:
    lock = box.home / "..mine_key.secret-lock"
    lock.mkdir()
    os.utime(lock, (time.time() - 31,) * 2)

    assert pushes(there, "mine").made
    assert not lock.exists()
