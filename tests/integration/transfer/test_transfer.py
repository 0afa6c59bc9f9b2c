"""Copies with the real rsync: what arrives, under which names, and what a second run does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.trees import HOSTILE_NAMES, described, litter, make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd


def pull(person: Person, *words: str) -> Said:
    said = person.types("fab", "-H", "proj-1", "transfer.pull", *words)
    assert said.exit_code == 0, said.stderr
    return said


def push(person: Person, *words: str) -> Said:
    said = person.types("fab", "-H", "proj-1", "transfer.push", *words)
    assert said.exit_code == 0, said.stderr
    return said


def test_a_tree_of_hostile_names_is_the_same_at_both_ends(box: Sshd, person: Person, tmp_path: Path) -> None:
    """Pulled and pushed back: names, contents, modes, times, links; and again changes nothing."""
    make_tree(box.home / "ckpt", large_bytes=5_000_000)

    pulled = pull(person, "--path=ckpt", "--json").json
    pushed = push(person, "--path=proj-1/ckpt", f"--to={tmp_path}/far/away", "--json").json
    again = [
        pull(person, "--path=ckpt", "--json").json,
        push(person, "--path=proj-1/ckpt", f"--to={tmp_path}/far/away", "--json").json,
    ]

    assert described(person.home / "proj-1" / "ckpt") == described(box.home / "ckpt")
    assert described(tmp_path / "far" / "away" / "ckpt") == described(box.home / "ckpt")
    assert not litter(person.home / "proj-1")
    assert not litter(tmp_path / "far")
    files = 2 * len(HOSTILE_NAMES) + 3
    assert (pulled["files"], pushed["files"]) == (files, files)
    assert pulled["bytes"] > 5_000_000
    assert pulled["wire_bytes"] < pulled["bytes"] * 1.02 + 20_000
    assert [(result["files"], result["bytes"]) for result in again] == [(0, 0), (0, 0)]
    assert not (box.home / "pwned").exists()
    assert not (person.home / "pwned").exists()


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_single_path_may_have_any_name(name: str, box: Sshd, person: Person, tmp_path: Path) -> None:
    """One file named on the command line, with a target named as badly, both ways."""
    (box.home / name).write_text(name)

    # Invoke takes a value that looks like a flag of the task for that flag.
    pull(person, f"--path=./{name}", f"--to={tmp_path}/{name}/")
    push(person, f"--path={tmp_path}/{name}/{name}", f"--to=there/{name}/{name}")

    assert (tmp_path / name / name).read_text() == name
    assert (box.home / "there" / name / name).read_text() == name


def test_a_trailing_slash_means_the_contents(box: Sshd, person: Person) -> None:
    """As for rsync."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")

    pull(person, "--path=ckpt/", "--to=one")
    pull(person, "--path=ckpt", "--to=two")

    assert (person.home / "one" / "a").exists()
    assert (person.home / "two" / "ckpt" / "a").exists()


def test_a_home_relative_path_starts_at_the_login_home(box: Sshd, person: Person) -> None:
    """`~/x` arrives unexpanded from `--path=~/x`."""
    (box.home / "x").write_text("x")

    pull(person, "--path=~/x", "--to=here/")

    assert (person.home / "here" / "x").exists()


def test_a_file_can_be_given_another_name(box: Sshd, person: Person) -> None:
    """A target that is no directory and ends without a slash is a name; large files take the partial's way."""
    (box.home / "model").write_bytes(os.urandom(5_000_000))

    pull(person, "--path=model", "--to=deep/er/renamed")
    push(person, "--path=deep/er/renamed", "--to=also/new")

    assert (person.home / "deep" / "er" / "renamed").read_bytes() == (box.home / "model").read_bytes()
    assert (box.home / "also" / "new").read_bytes() == (box.home / "model").read_bytes()
    assert not litter(person.home / "deep")
    assert not litter(box.home)


def test_excludes_links_and_deletion_are_rsyncs(box: Sshd, person: Person) -> None:
    """Repeated `--exclude`, `--copy-links`, `--delete`."""
    (box.home / "ckpt").mkdir()
    for name in ("keep", "skip.tmp", "optimizer state"):
        (box.home / "ckpt" / name).write_text(name)
    (box.home / "ckpt" / "link").symlink_to("keep")
    (person.home / "here").mkdir()
    (person.home / "here" / "stale").write_text("stale")

    pull(
        person,
        "--path=ckpt/",
        "--to=here",
        "--exclude=*.tmp",
        "--exclude=optimizer state",
        "--copy-links",
        "--delete",
        "--max-delete=9",
    )

    assert {path.name for path in (person.home / "here").iterdir()} == {"keep", "link"}
    assert not (person.home / "here" / "link").is_symlink()


def test_a_dry_run_says_what_would_happen_and_changes_nothing(box: Sshd, person: Person) -> None:
    """Not even the target directory is made."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "new\nline").write_bytes(b"x" * 10)

    pulled = pull(person, "--path=ckpt", "--to=a/b/c", "--dry-run")
    push(person, "--path=fabfile.py", "--to=d/e/f/", "--dry-run")

    by_sftp = pull(person, "--path=ckpt", "--to=a/b/c", "--dry-run", "--engine=sftp")

    for said in (pulled.stderr, by_sftp.stderr):
        assert "new directory: ckpt/\nnew file: ckpt/new\\nline\n" in said
    assert pulled.stdout.startswith("dry run: proj-1:ckpt -> ")
    assert "1 file, 10 B" in pulled.stdout
    assert not (person.home / "a").exists()
    assert not (box.home / "d").exists()


def test_an_updated_large_file_is_sent_as_a_difference(box: Sshd, person: Person) -> None:
    """The old version is the base, and is there until the new one is whole."""
    old = os.urandom(8_000_000)
    (box.home / "log").write_bytes(old)
    pull(person, "--path=log", "--to=here/")
    (box.home / "log").write_bytes(old + os.urandom(100_000))

    result = pull(person, "--path=log", "--to=here/", "--json").json

    assert (person.home / "here" / "log").read_bytes() == (box.home / "log").read_bytes()
    assert result["wire_bytes"] < 1_000_000


def test_a_pull_of_several_boxes_does_not_collide(box: Sshd, person: Person) -> None:
    """Each has a directory of its own, by default and with `{box}`."""
    person.adds_alias("proj-2", box.port, box.user)
    (box.home / "x").write_text("x")

    said = person.types("fab", "-H", "proj-1,proj-2", "transfer.pull", "--path=x", "--to=all/{box}/")

    assert said.exit_code == 0, said.stderr
    assert (person.home / "all" / "proj-1" / "x").exists()
    assert (person.home / "all" / "proj-2" / "x").exists()


def test_an_interactive_aliass_extras_do_not_take_part(box: Sshd, person: Person) -> None:
    """A forwarding that fails, a remote command, a shared connection: none is wanted for a copy."""
    config = person.ssh / "config"
    config.write_text(
        config.read_text()
        + "Host *\n  LocalForward 1 localhost:1\n  ExitOnForwardFailure yes\n  RemoteCommand sleep 100\n"
        "  RequestTTY force\n  ControlMaster auto\n  ControlPath ~/control-%C\n"
    )
    (box.home / "x").write_text("x")

    pull(person, "--path=x", "--to=here/")

    assert (person.home / "here" / "x").exists()


def test_noise_from_login_scripts_is_not_data(box: Sshd, person: Person, tmp_path: Path) -> None:
    """What a `.bashrc` prints stands before what a command says."""
    forced = tmp_path / "box" / "forced_command"
    noisy = 'case "$SSH_ORIGINAL_COMMAND" in *rsync\\ --server*) ;; *) echo "Welcome to vast.ai"; echo hi >&2 ;; esac\n'
    forced.write_text(forced.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{noisy}"))
    (box.home / "x").write_text("x")

    pull(person, "--path=x", "--to=here/")

    assert (person.home / "here" / "x").exists()


def test_deletions_are_counted_and_named(box: Sshd, person: Person) -> None:
    """In the result, in the words of it, and one line each in a dry run."""
    (box.home / "ckpt").mkdir()
    (person.home / "here").mkdir()
    for number in range(5):
        (person.home / "here" / f"stale {number}").write_text("x")

    dry = pull(person, "--path=ckpt/", "--to=here", "--delete", "--max-delete=5", "--dry-run")
    result = pull(person, "--path=ckpt/", "--to=here", "--delete", "--max-delete=5", "--json")

    assert "5 deletions" in dry.stdout
    assert dry.stderr.count("delete: stale ") == 5
    assert (result.json["files"], result.json["deletions"]) == (0, [f"stale {number}" for number in range(5)])
    assert "5 deletions (rsync)" in result.stderr
    assert not list((person.home / "here").iterdir())


def test_links_and_what_is_left_out_are_said(box: Sshd, person: Person) -> None:
    """Links are counted beside files; a pipe is named, as it is not at the other end."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    (box.home / "ckpt" / "link").symlink_to("a")
    os.mkfifo(box.home / "ckpt" / "pipe")

    said = pull(person, "--path=ckpt", "--to=here/", "--json")

    assert "1 file, 1 B, 1 symlink (rsync)" in said.stderr
    assert "warning: left out, no file or directory: ckpt/pipe\n" in said.stderr
    assert (said.json["files"], said.json["links"], said.json["skipped"]) == (1, 1, ["ckpt/pipe"])
    assert {"a", "link"} == {path.name for path in (person.home / "here" / "ckpt").iterdir()}


def test_a_source_that_is_a_link_is_warned_of(box: Sshd, person: Person) -> None:
    """`latest -> run-7` is pulled as a link, which is rarely what is meant."""
    (box.home / "run-7").mkdir()
    (box.home / "run-7" / "a").write_text("a")
    (box.home / "latest").symlink_to("run-7")

    link = pull(person, "--path=latest", "--to=here/")
    contents = pull(person, "--path=latest/", "--to=there/")

    assert "warning: `latest` is a symlink, only the link is copied; a trailing slash follows it\n" in link.stderr
    assert "symlink" not in contents.stderr
    assert str((person.home / "here" / "latest").readlink()) == "run-7"
    assert (person.home / "there" / "a").exists()
