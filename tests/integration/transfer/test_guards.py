"""Where a push would land, asked of a real box."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

CHECK = """
import json, sys
from fabric import Connection
from ssh_transport.box import boxes
from ssh_transport.errors import EndpointTooWeak, Guarded
from ssh_transport.request.options import Options
from ssh_transport.request.request import push_request
from ssh_transport.transfer.ends import look, look_by_sftp
from ssh_transport.facts.homes import homes_there
from ssh_transport.transfer.guard import destination

with boxes(Connection("proj-1"))[0] as box:
    refused = []
    for here, there in json.loads(sys.argv[1]):
        request = push_request(box, here, there, Options())
        try:
            ends = look(request)
            homes = ends.target.homes
        except EndpointTooWeak:
            ends, homes = look_by_sftp(request), None
        else:
            assert (homes is None) == bool(ends.landing.name)
            assert homes in (None, homes_there(box, ends.landing.path))
        try:
            if not ends.landing.name:
                destination.check(request, ends.landing.path, homes)
        except Guarded:
            refused.append(there)
print(json.dumps(refused))
"""


def refused(person: Person, here: str, *there: str) -> list[str]:
    said = person.types("python", "-c", CHECK, json.dumps([(here, one) for one in there]))
    assert said.exit_code == 0, said.stderr
    return list(json.loads(said.stdout))


@pytest.mark.parametrize("cdpath", ["", ".:$HOME"])
def test_no_spelling_of_a_home_is_pushed_onto(cdpath: str, box: Sshd, person: Person, tmp_path: Path) -> None:
    """By `~`, by dots, through links, through directories that are not there yet; wherever a `cd` of theirs looks."""
    contents = f"{person.home}/"
    started = box.home.parent / "forced_command"
    started.write_text(started.read_text().replace("\n", f'\nexport CDPATH="{cdpath}"\n', 1))
    (box.home / "link").symlink_to(box.home)
    (box.home / "sub").mkdir()
    wrong = (
        *(
            "/",
            "//",
            "/root",
            "/root/",
            "/root/../root/",
            "/home",
            "~",
            "~/",
            ".",
            "./",
            "sub/..",
            "new/..",
            "link/new/..",
            "link",
        ),
        *(
            "link/",
            "link/../home",
            ".ssh",
            "sub/../.ssh",
            str(box.home),
            str(box.home.parent),
            f"{tmp_path}/new/../box",
        ),
    )
    right = ("sub", "new/place", "link/sub", ".ssh/new", "/workspace", str(tmp_path / "data"), "-n", "a\nb")

    assert refused(person, contents, *wrong, *right) == list(wrong)


def test_a_directory_in_a_home_is_fine_unless_it_is_called_like_one(box: Sshd, person: Person) -> None:
    """What counts is the directory that gets the mode of the source."""
    (person.home / "data").mkdir()
    (person.home / "home").mkdir()
    (person.home / "file").touch()

    assert refused(person, str(person.home / "data"), "~/", "/", "/root") == []
    assert refused(person, str(person.home / "home"), "/", "..", "sub") == ["/", ".."]
    assert refused(person, str(person.home / "file"), "~/", "/") == []


def test_a_box_without_commands_is_asked_by_sftp(box: Sshd, person: Person) -> None:
    """It resolves links as well."""
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("*) exec sh -c", "*) echo no; exit 1 ;; never) exec sh -c"))
    (box.home / "link").symlink_to(box.home)

    assert refused(person, f"{person.home}/", "~", "link/", ".ssh", "/", "sub") == ["~", "link/", ".ssh", "/"]


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("source", ["work", "work/", "work/deep/run*.sh"])
def test_scripts_with_windows_line_ends_are_named_or_sent_with_lf(
    engine: str, source: str, person: Person, box: Sshd
) -> None:
    """The source stays as it is, the second push does nothing, and what is deleted at the target is not these."""
    deep = person.home / "work" / "deep"
    deep.mkdir(parents=True)
    (deep / "run*.sh").write_bytes(b"#!/bin/sh\r\necho run\r\n")
    (deep / "other").write_bytes(b"data\r\n")
    words = ("fab", "-H", "proj-1", "transfer.push", f"--path={source}", "--to=got/", f"--engine={engine}", "--json")

    named = person.types(*words, "--dry-run")
    first = person.types(*words, "--fix-crlf", "--delete")
    second = person.types(*words, "--fix-crlf", "--delete")

    assert "run*.sh" in named.stderr
    assert "--fix-crlf" in named.stderr
    [sent] = box.home.rglob("run*.sh")
    assert sent.read_bytes() == b"#!/bin/sh\necho run\n", first.stderr
    assert (deep / "run*.sh").read_bytes() == b"#!/bin/sh\r\necho run\r\n"
    assert second.json["files"] == 0


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
def test_a_push_that_would_carry_a_key_or_a_token_is_refused_before_anything_moves(
    engine: str, person: Person, box: Sshd
) -> None:
    """Paths are named, content is not; what is allowed by name goes through."""
    work = person.home / "work"
    (work / "config").mkdir(parents=True)
    (work / "code.py").write_text("print()")
    (work / "config" / "notes.txt").write_bytes(person.identity.read_bytes())
    (work / ".env").write_text("HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz012345\n")
    words = ("fab", "-H", "proj-1", "transfer.push", "--path=work", "--to=got/", f"--engine={engine}")

    refused = person.types(*words)
    untouched = not (box.home / "got").exists()
    allowed = person.types(*words, "--allow=notes.txt", "--allow=.env")

    assert (refused.exit_code, untouched, allowed.exit_code) == (7, True, 0), refused.stderr + allowed.stderr
    assert "work/config/notes.txt" in refused.stderr
    assert "work/.env" in refused.stderr
    assert "hf_abc" not in refused.stderr
    assert (box.home / "got" / "work" / ".env").exists()


def test_contents_are_not_pushed_onto_a_home_directory(person: Person, box: Sshd) -> None:
    """Its mode would become that of the source, and sshd would let nobody in any more."""
    (person.home / "work").mkdir(mode=0o777)
    (person.home / "work" / "x").touch()
    before = box.home.stat().st_mode

    said = person.types("fab", "-H", "proj-1", "transfer.push", "--path=work/", "--to=~")
    into = person.types("fab", "-H", "proj-1", "transfer.push", "--path=work", "--to=~/")

    assert (said.exit_code, into.exit_code) == (7, 0), said.stderr + into.stderr
    assert box.home.stat().st_mode == before
    assert not (box.home / "x").exists()
    assert (box.home / "work" / "x").exists()


@pytest.mark.parametrize("engine", ["rsync", "sftp"])
@pytest.mark.parametrize("path", ["..", "../", "inner/..", "../inner/."])
def test_a_key_is_found_however_its_directory_is_named(box: Sshd, person: Person, path: str, engine: str) -> None:
    """The contents of `..` are copied, so its names are relative to itself."""
    inner = person.home / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "inner").mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(inner.parent / "key")], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(inner / "key")], check=True)

    said = person.types(
        "fab", "-H", "proj-1", "transfer.push", f"--path={path}", "--to=x", f"--engine={engine}", cwd=inner
    )

    assert (said.exit_code, (box.home / "x").exists()) == (7, False), said.stderr
