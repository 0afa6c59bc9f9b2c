"""`transfer.get` and `transfer.put` over a real sshd, by SFTP and, where there is none, through the shell."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.box import EmbeddedBox
from tests.support.small_files import get, names, put, state

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

OLD_S = 1_600_000_000
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n"


def test_a_file_goes_there_and_comes_back_and_the_second_run_changes_nothing(
    way: str, box: Sshd, person: Person
) -> None:
    """Every byte, mode and time; directories are made; nothing is left beside it."""
    content = bytes(range(256)) * 4096 + b"\n"
    (person.home / "a b").write_bytes(content)
    (person.home / "a b").chmod(0o640)
    os.utime(person.home / "a b", (OLD_S, OLD_S))

    said = [put(person, "--path=a b", "--to=~/far/away 'x'/it", "--json") for _ in range(2)]
    back = [get(person, "--path=far/away 'x'/it", "--json") for _ in range(2)]

    assert [one.exit_code for one in (*said, *back)] == [0] * 4, said[0].stderr + back[0].stderr
    assert [one.json["made"] for one in said] == [True, False]
    assert [one.json["made"] for one in back] == [True, False]
    assert said[0].json["state"].endswith(": 1.0 MB, mode 0640")
    assert state(box.home / "far" / "away 'x'" / "it") == (content, 0o640, OLD_S)
    assert state(person.home / "proj-1" / "it") == (content, 0o640, OLD_S)
    assert names(box.home / "far" / "away 'x'") == names(person.home / "proj-1") == {"it"}


def test_the_mode_alone_is_changed_without_writing(way: str, box: Sshd, person: Person) -> None:
    """The file stays the same one, and its time."""
    (person.home / "x").write_text("x")
    put(person, "--path=x", "--to=x")
    before = (box.home / "x").stat()

    said = put(person, "--path=x", "--to=x", "--mode=0600", "--json")

    after = (box.home / "x").stat()
    assert said.json["made"]
    assert (before.st_ino, before.st_mtime_ns, 0o600) == (after.st_ino, after.st_mtime_ns, stat.S_IMODE(after.st_mode))


@pytest.mark.parametrize("to", ["there", "there/", "~/there", "there/link", "new/", "."])
def test_a_directory_keeps_the_name(to: str, way: str, box: Sshd, person: Person) -> None:
    """One that is there, behind a link or not, or one that a slash asks for."""
    (box.home / "there").mkdir()
    (box.home / "there" / "link").symlink_to(".")
    (person.home / "x").write_text("x")

    said = put(person, "--path=x", f"--to={to}")

    assert said.exit_code == 0, said.stderr
    place = {"new/": "new", ".": "."}.get(to, "there")
    assert (box.home / place / "x").read_text() == "x"


def test_a_link_at_the_target_stays_one(way: str, box: Sshd, person: Person) -> None:
    """What it leads to is replaced, at both ends."""
    for home in (box.home, person.home):
        (home / "real").write_text("old")
        (home / "link").symlink_to("real")
    (person.home / "x").write_text("new")
    (box.home / "y").write_text("newer")

    put(person, "--path=x", "--to=link")
    get(person, "--path=y", "--to=link")

    assert ((box.home / "link").is_symlink(), (box.home / "real").read_text()) == (True, "new")
    assert ((person.home / "link").is_symlink(), (person.home / "real").read_text()) == (True, "newer")


def test_what_is_fetched_has_its_mode_whatever_was_there(way: str, box: Sshd, person: Person) -> None:
    """By default the box's, less the right of others to write."""
    (box.home / "x").write_text("x")
    (box.home / "x").chmod(0o4777)
    (person.home / "x").write_text("x")
    (person.home / "x").chmod(0o644)

    get(person, "--path=x", "--to=deep/y")
    get(person, "--path=x", "--to=.", "--mode=0600")

    assert state(person.home / "deep" / "y")[:2] == (b"x", 0o755)
    assert state(person.home / "x")[:2] == (b"x", 0o600)


def test_a_file_without_a_size_is_read_to_its_end(way: str, box: Sshd, person: Person) -> None:
    """As those of `/proc`."""
    said = get(person, "--path=/proc/version", "--to=version")

    assert said.exit_code == 0, said.stderr
    assert (person.home / "version").read_bytes() == Path("/proc/version").read_bytes()


def test_sources_that_are_no_small_file_are_refused_with_the_way_to_go(way: str, box: Sshd, person: Person) -> None:
    """Before anything moves, at both ends."""
    for home in (box.home, person.home):
        (home / "directory").mkdir()
        os.mkfifo(home / "pipe")
        with (home / "large").open("wb") as file:
            file.truncate((64 << 20) + 1)
        (home / "file").touch()

    fetched = {name: get(person, f"--path={name}") for name in ("directory", "pipe", "large", "gone", "file/")}
    sent = {
        name: put(person, f"--path={name}", "--to=new/") for name in ("directory", "pipe", "large", "gone", "file/")
    }

    codes = {"directory": 2, "pipe": 2, "large": 2, "gone": 21}
    assert {name: said.exit_code for name, said in sent.items()} == codes | {"file/": 2}
    assert {name: said.exit_code for name, said in fetched.items()} == codes | {"file/": 21}
    for name in ("directory", "large"):
        assert f"fab -H proj-1 transfer.pull --path={name}\n" in fetched[name].stderr
        assert f"fab -H proj-1 transfer.push --path={person.home / name} --to=new/\n" in sent[name].stderr
    assert not (box.home / "new").exists()
    assert not (person.home / "proj-1").exists()


def test_targets_that_can_not_be_are_refused(way: str, box: Sshd, person: Person) -> None:
    """A directory of the file's name, a slash behind a file, a file in the way, a pipe."""
    (person.home / "x").write_text("x")
    (box.home / "here" / "x").mkdir(parents=True)
    (box.home / "file").write_text("old")
    os.mkfifo(box.home / "pipe")

    said = {to: put(person, "--path=x", f"--to={to}") for to in ("here", "file/", "file/x", "pipe")}

    assert {to: one.exit_code for to, one in said.items() if one.exit_code not in {2, 20, 21}} == {}
    assert all(one.stderr.startswith("error: ") for one in said.values())
    assert (box.home / "file").read_text() == "old"
    assert list((box.home / "here" / "x").iterdir()) == []


def test_a_credential_is_refused_before_the_box_is_asked(box: Sshd, person: Person) -> None:
    """By its content; its name lets it through."""
    (person.home / "notes.txt").write_text(KEY)

    refused = put(person, "--path=notes.txt", "--to=x")
    asked = box.log.read_text().count("Connection from")
    allowed = put(person, "--path=notes.txt", "--to=x", "--allow=notes.txt")

    assert refused.exit_code == 7
    assert "`notes.txt` is a private key" in refused.stderr
    assert "-H ALIAS secrets.push" in refused.stderr
    assert "MIIE" not in refused.stderr + refused.stdout
    assert asked == 0
    # Of one file nothing can be left out.
    assert "--exclude" not in refused.stderr
    assert allowed.exit_code == 0, allowed.stderr
    assert (box.home / "x").read_text() == KEY


def test_a_script_with_windows_line_ends_is_named_or_sent_as_lf(box: Sshd, person: Person) -> None:
    """The source stays as it is; the second run changes nothing."""
    (person.home / "run.sh").write_bytes(b"set -e\r\n")

    warned = put(person, "--path=run.sh", "--to=as-is.sh")
    fixed = [put(person, "--path=run.sh", "--to=fixed.sh", "--fix-crlf", "--json") for _ in range(2)]

    assert "warning: 1 shell script with Windows line ends: run.sh\n" in warned.stderr
    assert (box.home / "as-is.sh").read_bytes() == b"set -e\r\n"
    assert "warning" not in fixed[0].stderr
    assert [said.json["made"] for said in fixed] == [True, False]
    assert (box.home / "fixed.sh").read_bytes() == b"set -e\n"
    assert (person.home / "run.sh").read_bytes() == b"set -e\r\n"


def test_a_dry_run_writes_nothing(way: str, box: Sshd, person: Person) -> None:
    """Not even a directory, at either end."""
    (person.home / "x").write_text("x")
    (box.home / "y").write_text("y")

    sent = put(person, "--path=x", "--to=new/x", "--dry-run")
    fetched = get(person, "--path=y", "--dry-run")

    assert sent.stdout.startswith("dry run: ")
    assert fetched.stdout.startswith("dry run: proj-1:y -> ")
    assert names(box.home) == {"y", ".ssh"}
    assert not (person.home / "proj-1").exists()


def test_several_boxes_do_not_write_into_one_place(box: Sshd, person: Person) -> None:
    """Each has a place of its own with `{box}`."""
    person.adds_alias("proj-2", box.port, box.user)
    (box.home / "x").write_text("x")

    one = person.types("inv", "transfer.get", "--on=proj-1,proj-2", "--path=x", "--to=all")
    each = person.types("inv", "transfer.get", "--on=proj-1,proj-2", "--path=x", "--to=all/{box}/")

    assert one.exit_code == 2
    assert "--to='all/{box}/x'" in one.stderr
    assert each.exit_code == 0, each.stderr
    assert (person.home / "all" / "proj-1" / "x").read_text() == "x"
    assert (person.home / "all" / "proj-2" / "x").read_text() == "x"


@pytest.mark.parametrize("mode", ["9", "rw", "4755", "0o", "-1"])
def test_a_mode_that_is_none_is_refused(mode: str, person: Person) -> None:
    """Before any box is looked for."""
    said = get(person, "--path=x", f"--mode={mode}")

    assert said.exit_code == 2
    assert f"`{mode}` is no mode" in said.stderr


def test_a_refused_subsystem_is_no_hindrance(person: Person, tmp_path: Path) -> None:
    """A server that offers no SFTP at all; one that offers nothing is named as such."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    (person.home / "x").write_text("x")
    with EmbeddedBox(home=tmp_path / "home", sftp=False) as server:
        person.adds_alias("proj-1", server.port)
        sent = put(person, "--path=x", "--to=new/x")
    with EmbeddedBox(home=tmp_path / "home", pty_required=True, at_terminal=("/bin/echo", "stopped")) as server:
        person.adds_alias("proj-2", server.port)
        nothing = person.types("fab", "-H", "proj-2", "transfer.put", "--path=x", "--to=y")

    assert sent.exit_code == 0, sent.stderr
    assert (tmp_path / "home" / "new" / "x").read_text() == "x"
    assert nothing.exit_code == 16
    assert "hint: " in nothing.stderr
