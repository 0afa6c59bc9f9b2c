"""The audit of a real box, and the keys that may log in to one."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.tokens import HF_TOKEN, PRIVATE_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

USER_PROFILE = """\
display_name = "Shared"
console = "x"
first_login = "either"
[[endpoints]]
name = "direct"
capabilities = ["exec", "sftp", "rsync"]
[directories]
home = "~"
[secrets]
allow = ["~"]
[[shared_mounts]]
path = "{mount}"
seen_by = "the whole team"
"""


def fingerprint(public: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-lf", public], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


@pytest.fixture
def stranger(box: Sshd, person: Person, tmp_path: Path) -> str:
    """The fingerprint of a key that is not the person's, let in between comments and odd lines."""
    path = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mallory@x", "-f", path], check=True)
    keys = box.home / ".ssh" / "authorized_keys"
    mine = keys.read_text()
    line = path.with_name("stranger.pub").read_text()
    keys.write_text(f'# laptop\r\n\n{mine}from="10.0.0.0/8" {line}# end without a newline')
    keys.chmod(0o600)
    return fingerprint(path.with_name("stranger.pub"))


def test_the_audit_names_what_should_not_be_there_and_never_a_value(
    box: Sshd, person: Person, stranger: str, tmp_path: Path
) -> None:
    """Box and machine are audited in one run, which ends with 26; what a fix says, typed, mends it."""
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "old.pem").write_text(PRIVATE_KEY)
    (box.home / ".bash_history").write_text(f"ls\nexport HF_TOKEN={HF_TOKEN}\n")
    profiles = person.home / ".config" / "ssh-transport" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "shared.toml").write_text(USER_PROFILE.format(mount=mount))
    config = person.ssh / "config"
    config.write_text(config.read_text().replace("# platform: generic", "# platform: shared"))

    said = person.types("inv", "hygiene.audit", "--on=proj-1", "--json")

    assert said.exit_code == 26, said.stderr
    assert HF_TOKEN not in said.stdout + said.stderr
    failures = {finding["place"]: finding for finding in said.json if finding["severity"] == "failure"}
    assert set(failures) == {
        f"{mount}/old.pem",
        f"{box.home}/.bash_history:2",
        f"{box.home}/.ssh/authorized_keys:4",
    }
    assert stranger in failures[f"{box.home}/.ssh/authorized_keys:4"]["what"]
    assert "the whole team" in failures[f"{mount}/old.pem"]["why"]


def test_a_clean_box_ends_with_0(box: Sshd, person: Person) -> None:
    """The person's own key is none to wonder about; nothing changes on the box."""
    before = sorted((path, path.lstat().st_mtime_ns) for path in box.home.rglob("*"))
    said = person.types("fab", "-H", "proj-1", "hygiene.audit")

    assert (said.exit_code, said.stdout) == (0, "here: clean\nproj-1: clean\n"), said.stderr
    assert sorted((path, path.lstat().st_mtime_ns) for path in box.home.rglob("*")) == before


def test_without_a_box_only_this_machine_is_audited(person: Person) -> None:
    """A private key that others may read is a failure; boxes of aliases are tried on request, and gone ones named."""
    person.makes_key()
    person.identity.chmod(0o644)
    person.adds_alias("proj-9", 9)
    said = person.types("inv", "hygiene.audit", "--reach", "--json")

    found = {finding["place"]: finding for finding in said.json}
    assert said.exit_code == 26
    assert found[str(person.identity)]["fix"] == f"chmod 600 {person.identity}"
    assert (found["proj-9"]["severity"], found["proj-9"]["fix"]) == (
        "warning",
        "is it gone? inv config.remove proj-9",
    )


def test_a_key_is_revoked_by_its_comment_and_the_second_run_changes_nothing(
    box: Sshd, person: Person, stranger: str
) -> None:
    """All other bytes stay, behind a symlinked `.ssh` too; the list shows whose the keys are."""
    disk = box.home / "disk"
    (box.home / ".ssh").rename(disk)
    (box.home / ".ssh").symlink_to("disk")
    keys = disk / "authorized_keys"
    before = keys.read_bytes()

    listed = person.types("fab", "-H", "proj-1", "keys.list", "--json").json["keys"]
    dry = person.types("fab", "-H", "proj-1", "keys.revoke", "mallory@x", "--dry-run", "--json")
    unchanged = keys.read_bytes()
    first = person.types("fab", "-H", "proj-1", "keys.revoke", "mallory@x", "--json")
    second = person.types("fab", "-H", "proj-1", "keys.revoke", stranger)

    assert [(key["in_use"], bool(key["own"]), key["line"]) for key in listed] == [(True, True, 3), (False, False, 4)]
    assert (listed[1]["fingerprint"], listed[1]["options"]) == (stranger, 'from="10.0.0.0/8"')
    assert (dry.exit_code, dry.json["made"], unchanged) == (0, True, before)
    assert (first.exit_code, first.json["made"]) == (0, True), first.stderr
    assert (second.exit_code, second.stdout) == (0, f"{stranger} is not in authorized_keys (no change)\n"), (
        second.stderr
    )
    lines = before.splitlines(keepends=True)
    assert keys.read_bytes() == b"".join(lines[:3] + lines[4:])
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert [path.name for path in disk.iterdir()] == ["authorized_keys"]


def test_the_key_in_use_is_kept_unless_asked_for(box: Sshd, person: Person) -> None:
    """Without it nobody gets in again; what is there is listed where a name fits nothing."""
    mine = fingerprint(person.identity.with_suffix(".pub"))
    keys = box.home / ".ssh" / "authorized_keys"
    before = keys.read_bytes()

    refused = person.types("inv", "keys.revoke", mine, "--on=proj-1")
    unknown = person.types("inv", "keys.revoke", "nobody@x", "--on=proj-1")
    after = keys.read_bytes()
    said = person.types("inv", "keys.revoke", mine, "--on=proj-1", "--including-mine")

    assert (refused.exit_code, after) == (2, before)
    assert "logged in with" in refused.stderr
    assert unknown.exit_code == 2
    assert f"{mine} (person@laptop)" in unknown.stderr
    assert (said.exit_code, keys.read_bytes()) == (0, b""), said.stderr
