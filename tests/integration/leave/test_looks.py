"""What `hygiene.leave` looks at and says of it: every disk, what still runs, what a receipt speaks of and is gone."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import boxes
from ssh_transport.errors import Unhealthy
from ssh_transport.leave import Plan, Relays, leave, places
from ssh_transport.platforms import profiles
from tests.support.leaving import leaves, own_profile, pulled
from tests.support.tools import only_has, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd

STOPPED = 26


@pytest.fixture(autouse=True)
def _known_disks(person: Person) -> Iterator[None]:
    own_profile(person, "everywhere = false")
    yield
    profiles.all_profiles.cache_clear()


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setenv("HOME", str(person.home))
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found


def make(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")


def test_what_is_abandoned_in_the_home_is_not_abandoned_elsewhere(box: Sshd, person: Person, tmp_path: Path) -> None:
    """`~` is the home of the box, and a star is what its shell makes of it."""
    scratch = tmp_path / "scratch"
    own_profile(person, "everywhere = false", f'scratch = "{scratch}"')
    make(scratch / "old" / "a", box.home / "old" / "a", box.home / "new" / "old" / "b", box.home / "new" / "c")

    one = leaves(person, "--dry-run", "--abandon=~/old")
    below = leaves(person, "--dry-run", "--abandon=./new/old/", "--abandon=old/a")
    star = leaves(person, "--dry-run", "--abandon=~/*")
    every = leaves(person, "--dry-run", "--abandon=~", f"--abandon={scratch}")
    name = leaves(person, "--dry-run", "--abandon=old")

    assert [said.exit_code for said in (one, below, star, every, name)] == [STOPPED, STOPPED, STOPPED, 0, STOPPED]
    assert remains(one.stderr) == [f"{box.home}/new", f"{scratch}/old"]
    assert remains(below.stderr) == [f"{box.home}/new/c", f"{scratch}/old"]
    assert remains(star.stderr) == [f"{scratch}/old"]
    assert remains(name.stderr) == [f"{box.home}/new"]


def remains(stderr: str) -> list[str]:
    """Return the words printed for what remains, as a person's shell reads them."""
    words = re.findall(r"^    (.+): \d+ files?, ", stderr, re.MULTILINE)
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {' '.join(words)}"], stdout=subprocess.PIPE, check=True
    ).stdout
    return sorted(os.fsdecode(word) for word in said.split(b"\0") if word)


def test_what_was_printed_can_be_typed_after_abandon(box: Sshd, person: Person) -> None:
    names = ("it's", "two words", "star*[a]?", "new\nline", "esc\x1b[2J", "~", "$HOME", "back\\slash")
    make(*(box.home / name for name in names))
    make(box.home / "stara", box.home / "star*a!")

    refused = leaves(person, "--dry-run")
    words = remains(refused.stderr)
    assert len(words) == len(names) + 2
    given = [word for word in words if not word.endswith(("stara", "star*a!"))]
    at_last = leaves(person, "--dry-run", *(f"--abandon={word}" for word in given))

    assert refused.exit_code == STOPPED
    assert remains(at_last.stderr) == [f"{box.home}/star*a!", f"{box.home}/stara"]


@pytest.mark.parametrize("gone", ["here", "there"])
def test_a_receipt_of_what_is_gone_names_itself_and_the_way_on(gone: str, box: Sshd, person: Person) -> None:
    pulled(box, person)
    (box.home / "runs" / "ckpt").rename(box.home / "runs" / "renamed") if gone == "there" else (
        (person.home / "proj-1" / "ckpt").rename(person.home / "proj-1" / "renamed")
    )
    [receipt] = (person.home / "proj-1").glob("ckpt.*.receipt.json")

    said = leaves(person, "--dry-run")
    [way] = re.findall(r"if it may be lost: (--abandon='.*')", said.stderr)
    at_last = leaves(person, "--dry-run", way.replace("'", ""), "--abandon=~/runs/renamed")

    assert said.exit_code == STOPPED
    assert f"any more, of which ./proj-1/{receipt.name} speaks" in said.stderr
    assert ("on proj-1 any more" in said.stderr) is (gone == "there")
    assert at_last.exit_code == 0, at_last.stderr


def test_what_was_moved_together_with_its_receipt_is_found(box: Sshd, person: Person) -> None:
    pulled(box, person)
    (person.home / "proj-1").rename(person.home / "archive")

    said = leaves(person, "--dry-run")

    assert said.exit_code == 0, said.stderr
    assert "[x] received: safe to destroy proj-1 as far as runs/ckpt goes" in said.stderr


def test_what_was_pulled_directory_by_directory_is_received(box: Sshd, person: Person) -> None:
    make(box.home / "runs" / "a" / "x", box.home / "runs" / "b" / "x", box.home / "runs" / "beside")
    done = person.types("fab", "-H", "proj-1", "transfer.pull-each", "--path=runs")
    assert done.exit_code == 0, done.stderr

    said = leaves(person, "--dry-run")
    make(box.home / "runs" / "b" / "newer")
    newer = leaves(person, "--dry-run")

    assert said.exit_code == 0, said.stderr
    assert "[x] received: safe to destroy proj-1 as far as runs goes: all 3 files" in said.stderr
    assert newer.exit_code == STOPPED
    assert "NOT safe to destroy proj-1 as far as runs goes: 1 only at the source" in newer.stderr


def test_a_box_that_does_not_tell_what_runs_is_not_left(box: Sshd, person: Person) -> None:
    """Without `grep` it does not say who started what."""
    only_has(box, "find", "du", "getconf", "python3")

    said = leaves(person)

    assert said.exit_code == 31, said.stderr
    assert "`proj-1` has no `grep` that can be relied on" in said.stderr
    assert "forgotten" not in said.stderr


def test_every_disk_and_directory_outside_the_system_is_looked_at(
    there: Box, box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the platform is nothing that we know; what was not looked at is said, and a placeholder is no disk."""
    own_profile(person)
    top = tmp_path / "top"
    seen = (
        "workspace/run",
        "data/set",
        "mnt/disk/big",
        "mnt/loose",
        "root/work",
        "scratch/a",
        "home/you/b",
        "opt/disk/c",
    )
    unseen = ("usr/lib/x", "tmp/y", "home/you/.cache/z", "root/.bashrc", "nas/shared", "loose file")
    make(*(top / name for name in (*seen, *unseen)))
    mounts = [f"disk {top}/opt/disk ext4 rw,noatime", f"nas:/x {top}/nas nfs4 rw", f"ro {top}/usr/lib squashfs ro"]
    (tmp_path / "mounts").write_text("".join(f"{mount} 0 0\n" for mount in mounts))
    monkeypatch.setattr(places, "_TOP", str(top))
    monkeypatch.setattr(places, "_MOUNTS", str(tmp_path / "mounts"))
    said = list[str]()
    plan, relays = Plan(person.home, dry_run=True), Relays(there.c)

    with pytest.raises(Unhealthy) as caught:
        leave(there, plan, lambda _: pytest.fail("nothing was pulled"), relays, say=said.append)

    printed = next(line for line in said if "nothing else there" in line)
    assert remains(printed) == sorted(f"{top}/{name}" for name in seen)
    assert caught.value.what == f"{len(seen)} things would be lost; nothing was changed"
    looked, _, not_looked = printed.partition("not looked at: ")
    assert f"{top}/workspace" in looked
    assert "~/proj" not in printed
    assert f"{top}/nas (nfs4, a disk of another machine)" in not_looked
    assert f"the system's {top}/opt, {top}/tmp, {top}/usr" in not_looked
    assert "files and hidden names right below /" in not_looked


def test_a_process_that_still_runs_is_named_and_stops_it(box: Sshd, person: Person) -> None:
    """It outlived its login; what hosts it, and a shell at a prompt, are no work."""
    ssh = ["ssh", "-F", str(person.ssh / "config"), "proj-1"]
    started = subprocess.run(
        [*ssh, "nohup sh -c 'sleep 611; :' >/dev/null 2>&1 </dev/null & echo $!"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    pid = int(started.stdout)
    try:
        said = leaves(person)
    finally:
        for child in (*children(pid), pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, 9)
    after = leaves(person, "--dry-run")

    assert said.exit_code == STOPPED
    assert re.search(
        rf"\[ \] nothing runs: \n    pid {pid} .* sh -c sleep 611; :\n    pid \d+ .* sleep 611\n", said.stderr
    )
    assert "error: something still runs; nothing was changed" in said.stderr
    assert "fab -H proj-1 hygiene.stop PATTERN" in said.stderr
    assert "proj-1" in (person.ssh / "config").read_text()
    assert after.exit_code == 0, after.stderr
    assert "[x] nothing runs: no process that a login started" in after.stderr


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_hidden_names_that_are_no_program_s_would_be_lost(box: Sshd, person: Person) -> None:
    """Small files are settings; what is large, and a directory that no program is known for, is somebody's work."""
    for usual in (".cache/pip/x", ".local/share/x", ".vscode-server/bin/x", ".bashrc", ".condarc", ".vimrc"):
        (box.home / usual).parent.mkdir(parents=True, exist_ok=True)
        (box.home / usual).write_text("x")
    assert leaves(person, "--dry-run").exit_code == 0
    (box.home / ".runs").mkdir()
    (box.home / ".runs" / "best.pt").write_text("weights")
    (box.home / ".large.pt").write_bytes(bytes(2 << 20))

    said = leaves(person, "--dry-run")

    assert said.exit_code == 26
    assert "/.runs: 1 file" in said.stderr
    assert "/.large.pt: 1 file" in said.stderr
    assert ".cache" not in said.stderr


def test_what_runs_is_found_where_logins_have_no_variable_of_ssh(box: Sshd, person: Person) -> None:
    """As behind a proxy that starts them otherwise."""
    says(box, "#!/bin/sh\n", "#!/bin/sh\nunset SSH_CONNECTION SSH_CLIENT\n")
    started = "nohup sleep 311 >/dev/null 2>&1 & echo $!"
    argv = ["ssh", "-F", str(person.ssh / "config"), "proj-1", started]
    pid = int(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)
    try:
        said = leaves(person, "--dry-run")
    finally:
        os.kill(pid, signal.SIGTERM)

    assert said.exit_code == 26, said.stderr
    assert "sleep 311" in said.stderr
