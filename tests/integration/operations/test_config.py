"""Aliases: a pasted string becomes a block that takes effect, and the rest of the file stays."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.person import Person

STRING = "ssh -p 38076 root@connect.westb.seetacloud.com"
STATE = "alias proj-1, platform autodl: root@connect.westb.seetacloud.com:38076"


def test_a_pasted_string_becomes_a_block_with_keepalive(person: Person) -> None:
    """The block is readable, private, and what `ssh` itself resolves."""
    said = person.types("inv", "config.add", "proj", STRING)

    config = person.ssh / "config"
    resolved = subprocess.run(
        ["ssh", "-F", config, "-G", "proj-1"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said.stdout == "alias proj-1, platform autodl: root@connect.westb.seetacloud.com:38076\n"
    assert {
        "hostname connect.westb.seetacloud.com",
        "port 38076",
        "user root",
        "serveraliveinterval 60",
        "serveralivecountmax 120",
        "tcpkeepalive yes",
        "hostkeyalias proj-1",
    } <= set(resolved)
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(person.ssh.stat().st_mode) == 0o700


def test_the_same_string_again_changes_nothing(person: Person) -> None:
    """The project has this box already."""
    person.types("inv", "config.add", "proj", STRING)
    before = (person.ssh / "config").read_bytes()

    said = person.types("inv", "config.add", "proj", STRING)

    assert said.stdout.endswith("(no change)\n")
    assert (person.ssh / "config").read_bytes() == before


def test_the_next_box_of_a_project_gets_the_next_number(person: Person) -> None:
    """A number that is free again is used again."""
    for port in (1001, 1002, 1003):
        person.types("inv", "config.add", "proj", f"ssh -p {port} root@example.org")
    person.types("inv", "config.remove", "proj-2")

    said = person.types("inv", "config.add", "proj", "ssh -p 1004 root@example.org")

    assert said.stdout.startswith("alias proj-2, ")


def test_the_rest_of_the_file_stays_byte_for_byte(person: Person) -> None:
    """Adding and removing gives back what was there: global options, CRLF, no final newline, a wide mode's own bits."""
    person.ssh.mkdir()
    config = person.ssh / "config"
    text = b"# mine\r\nServerAliveInterval 5\r\nHost *\r\n\tUser=me\r\nMatch all\r\n  LogLevel QUIET"
    config.write_bytes(text)
    config.chmod(0o640)

    person.types("inv", "config.add", "proj", STRING)
    added = config.read_bytes()
    person.types("inv", "config.remove", "proj-1")

    assert added.endswith(text)
    assert b"\n" not in added.replace(b"\r\n", b"")
    assert config.read_bytes() == text
    assert stat.S_IMODE(config.stat().st_mode) == 0o640


def test_a_block_wins_over_what_stood_in_the_file(person: Person) -> None:
    """In ssh_config the first value counts; ours must be first."""
    person.ssh.mkdir()
    (person.ssh / "config").write_text("Port 999\nHost *\n  User somebody\n  HostName elsewhere\n")

    said = person.types("inv", "config.add", "proj", STRING)

    shown = person.types("inv", "config.show", "proj-1", "--json").json
    assert said.exit_code == 0, said.stderr
    assert shown["endpoint"] == "root@connect.westb.seetacloud.com:38076"


def test_a_symlinked_config_stays_a_symlink(person: Person) -> None:
    """People keep it in a dotfiles repository."""
    person.ssh.mkdir()
    real = person.home / "dotfiles"
    real.write_text("Host a\n  Port 1\n")
    (person.ssh / "config").symlink_to(real)

    person.types("inv", "config.add", "proj", STRING)

    assert (person.ssh / "config").is_symlink()
    assert "Host proj-1" in real.read_text()
    assert real.read_text().endswith("Host a\n  Port 1\n")


def test_a_name_that_is_taken_by_hand_is_left_alone(person: Person) -> None:
    """The message says where it is."""
    person.ssh.mkdir()
    config = person.ssh / "config"
    config.write_text("Host proj-1\n  Port 1\n")

    added = person.types("inv", "config.add", "proj-1", STRING)
    removed = person.types("inv", "config.remove", "proj-1")

    assert (added.exit_code, removed.exit_code) == (6, 6)
    assert f"{config}:1 has another endpoint or other options" in added.stderr
    assert "edit the file by hand" in removed.stderr
    assert config.read_text() == "Host proj-1\n  Port 1\n"


def test_a_file_that_ssh_cannot_read_is_not_touched(person: Person) -> None:
    """What `ssh` says of it is shown."""
    person.ssh.mkdir()
    config = person.ssh / "config"
    config.write_text("Host a\n  Prot 22\n")

    said = person.types("inv", "config.add", "proj", STRING)

    assert said.exit_code == 6
    assert "Bad configuration option: prot" in said.stderr
    assert config.read_text() == "Host a\n  Prot 22\n"


def test_what_is_no_connection_string_is_refused_without_showing_it(person: Person) -> None:
    """A clipboard may hold a password."""
    said = person.types("inv", "config.add", "proj", "ssh -p 1x root@a.example 'hunter2 is my' password")

    assert said.exit_code == 5
    assert "hunter2" not in said.stderr
    assert not (person.ssh / "config").exists()


def test_list_shows_our_aliases_and_show_says_what_they_mean(person: Person) -> None:
    """As text and as JSON."""
    person.types("inv", "config.add", "proj", STRING)
    person.types("inv", "config.add", "pod", "ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519")

    listed = person.types("inv", "config.list")
    shown = person.types("inv", "config.show", "pod-1")

    assert listed.stdout == (
        "alias\tplatform\tkind\tendpoint\tgroup\n"
        "pod-1\trunpod\tproxied\t8y5rumuyb50m78-6441103b@ssh.runpod.io:22\t\n"
        "proj-1\tautodl\tgateway\troot@connect.westb.seetacloud.com:38076\t\n"
    )
    assert "runpod, proxied (terminal)" in shown.stdout
    assert f"identity:    {person.identity}" in shown.stdout


def test_an_unknown_alias_is_an_error_that_names_the_known(person: Person) -> None:
    """A typo is found at once."""
    person.types("inv", "config.add", "proj", STRING)

    said = person.types("inv", "config.show", "prj-1")

    assert said.exit_code == 6
    assert "known aliases: proj-1" in said.stderr


def test_writers_at_once_do_not_undo_each_other(person: Person) -> None:
    """Each waits for the other and gets a number of its own."""
    words = ("config.add", "proj")
    writers = [person.starts("inv", *words, f"ssh -p {port} root@example.org") for port in range(1001, 1007)]

    for writer in writers:
        writer.communicate(timeout=60)

    listed = person.types("inv", "config.list").stdout.split()
    assert [writer.returncode for writer in writers] == [0] * 6
    assert {word for word in listed if word.startswith("proj-")} == {f"proj-{number}" for number in range(1, 7)}


def test_bounded_keepalive_gives_up_soon(person: Person) -> None:
    """The variant for monitors."""
    person.types("inv", "config.add", "proj", STRING, "--keepalive=bounded")

    assert "ServerAliveCountMax 3\n" in (person.ssh / "config").read_text()


def test_an_update_keeps_the_place_and_the_rest(person: Person) -> None:
    """A new string or a new port; other options of the block stay; the host key is asked about only if there is one."""
    person.types("inv", "config.add", "proj", STRING)
    person.types("inv", "config.add", "other", "ssh -p 5 root@example.org")
    before = (person.ssh / "config").read_text()

    ported = person.types("inv", "config.update", "proj-1", "40000")
    after_port = (person.ssh / "config").read_text()
    moved = person.types("inv", "config.update", "proj-1", "ssh -p 12345 root@ssh5.vast.ai -L 8080:localhost:8080")
    again = person.types("inv", "config.update", "proj-1", "ssh -p 12345 root@ssh5.vast.ai -L 8080:localhost:8080")

    assert ported.stdout == "alias proj-1, platform autodl: root@connect.westb.seetacloud.com:40000\n"
    assert after_port == before.replace("Port 38076", "Port 40000")
    assert moved.stdout == "alias proj-1, platform vastai: root@ssh5.vast.ai:12345\n"
    assert again.stdout.endswith("(no change)\n")


def test_a_box_that_was_made_anew_is_noticed(person: Person) -> None:
    """Another port of the same host, or the same name again: the update is named as it can be typed."""
    person.types("inv", "config.add", "proj", STRING)
    other = person.types("inv", "config.add", "proj", STRING.replace("38076", "40000"))
    same = person.types("inv", "config.add", "proj-1", STRING.replace("38076", "40001"))

    assert "inv config.remove proj-2 && inv config.update proj-1 40000" in other.stderr
    assert same.exit_code == 6
    assert "inv config.update proj-1 'ssh -p 40001 root@connect.westb.seetacloud.com'" in same.stderr


def test_a_key_that_is_not_there_is_told(person: Person) -> None:
    """A relative one is written as it is found from here."""
    said = person.types("inv", "config.add", "a", "ssh -i my-key.pem root@203.0.113.9")

    assert f"the identity file `{person.home}/my-key.pem` is not there" in said.stderr
    assert f"IdentityFile {person.home}/my-key.pem\n" in (person.ssh / "config").read_text()
